"""Guards of P-70: unknown skills dropped, signs broken, everyday words taken for skills, short forms guessed."""

from __future__ import annotations

from blacklight_skills import find_skills, key_of
from blacklight_testkit.faults import guards

MATCHER = "libs/skills/src/blacklight_skills/matcher.py"
TAXONOMY = "libs/skills/src/blacklight_skills/taxonomy.py"
TOKENS = "libs/skills/src/blacklight_skills/tokens.py"


def names(text: str) -> list[str]:
    return [span.name for span in find_skills(text)]


@guards("P-70", file=TAXONOMY, old='    return f"?{form}" if form else ""', new='    return ""')
def test_p70_an_unknown_skill_that_somebody_typed_is_kept() -> None:
    assert key_of("Quantum Widgets") == key_of("quantum-widgets") == "?quantum widgets"


@guards("P-70", file=TOKENS, old=r'r"[^\W_]+|[^\s\w]|_"', new=r'r"\w+"')
def test_p70_names_with_signs_are_found_as_they_are() -> None:
    assert names("C++, C#, .NET, F# and Node.js") == ["C++", "C#", ".NET", "F#", "Node.js"]


@guards(
    "P-70",
    file=TAXONOMY,
    old='"=" in signs, "?" in signs or "@" in signs, "@" in signs)',
    new="False, False, False)",
)
def test_p70_everyday_words_and_parts_of_words_are_no_skills() -> None:
    assert names("We go on for the rest of the year, express a swift view, es and r, and excel in art") == []


@guards(
    "P-70",
    file=MATCHER,
    old="return best if fields[best.skill.field] > fields[second.skill.field] else None",
    new="return best",
)
def test_p70_a_short_form_of_two_skills_counts_only_where_the_text_decides() -> None:
    assert "Terraform" in names("AWS, TF, Ansible and Jenkins")
    assert "TensorFlow" in names("TF, PyTorch and Keras")
    assert names("TF, PyTorch, Ansible") == ["PyTorch", "Ansible"]
