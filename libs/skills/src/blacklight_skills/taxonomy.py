"""The taxonomy: every known skill, its spellings, and which of them need evidence from their context."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from blacklight_skills.names import candidate_forms, normal_form
from blacklight_skills.tokens import tokenize

TAXONOMY_VERSION = "2026.11.5"
"""Changes with every change of the data file or of the rules; stored beside everything found with it."""

SIGNS = "=?@!"


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill.

    Attributes:
        skill_id: stable lower-case slug (`c-plus-plus`); never reused for something else.
        name: the spelling to show.
        field: area it belongs to (`sap`, `nursing`), used to tell short forms apart.
    """

    skill_id: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling of a skill, with what it needs before it counts in running text.

    Attributes:
        exact: counts only in this very spelling, capitals included.
        listed: counts only beside another skill or next to a word like "developer".
        same_field: counts only when another skill of the same field is in the text.
    """

    skill: Skill
    text: str
    exact: bool
    listed: bool
    same_field: bool


@dataclass(slots=True)
class Node:
    """A state of the token trie; `forms` are the spellings that end here."""

    children: dict[str, Node] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All skills by id, the typed-name index and the trie over running text."""

    skills: dict[str, Skill]
    by_name: dict[str, Skill]
    root: Node


def parse_line(line: str) -> tuple[Skill, list[tuple[str, str]]]:
    """One line of the data file: the skill and its spellings as (signs, text). Raises ValueError."""
    skill_id, name, area, _source, spellings = line.rstrip("\n").split("\t")
    return Skill(skill_id, name, area), [split_signs(item) for item in spellings.split(" | ")]


def split_signs(spelling: str) -> tuple[str, str]:
    """`=?Go` becomes (`=?`, `Go`)."""
    text = spelling.lstrip(SIGNS)
    return spelling[: len(spelling) - len(text)], text


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The taxonomy of this package's data file, read once a process (some tenths of a second)."""
    data = files("blacklight_skills").joinpath("data/taxonomy.tsv").read_text(encoding="utf-8")
    built = Taxonomy({}, {}, Node())
    claims: dict[str, set[str]] = {}
    for line in data.splitlines():
        if line and not line.startswith("#"):
            _add(built, claims, *parse_line(line))
    for name, claimants in claims.items():
        if len(claimants) > 1 and normal_form(built.by_name[name].name) != name:
            del built.by_name[name]
    return built


def _add(built: Taxonomy, claims: dict[str, set[str]], skill: Skill, spellings: list[tuple[str, str]]) -> None:
    built.skills[skill.skill_id] = skill
    for signs, text in spellings:
        name = normal_form(text)
        claims.setdefault(name, set()).add(skill.skill_id)
        built.by_name.setdefault(name, skill)
        if "!" not in signs:
            form = Form(skill, text, "=" in signs, "?" in signs or "@" in signs, "@" in signs)
            for variant in _variants(text):
                _insert(built.root, variant, form)


def _variants(text: str) -> list[str]:
    """The spelling itself and, where it has blanks or hyphens, the same with the other of the two."""
    variants = [text]
    if "-" in text.strip("-"):
        variants.append(text.replace("-", " "))
    if " " in text:
        variants.append(text.replace(" ", "-"))
    return list(dict.fromkeys(variants))


def _insert(root: Node, text: str, form: Form) -> None:
    node = root
    for key in tokenize(text).keys:
        node = node.children.setdefault(key, Node())
    if not any(_covers(known, form) for known in node.forms):
        node.forms.append(form)


def _covers(known: Form, form: Form) -> bool:
    """Whether a spelling adds nothing: the same skill has it in any capitals, or in just these."""
    return known.skill == form.skill and (not known.exact or known.text == form.text)


def resolve(name: str) -> Skill | None:
    """The skill a person means by a typed name (any case, alias, trailing version), or None when unknown.

    A short form claimed by several skills (`tf`) is unknown here: only running text can tell them apart.
    """
    known = taxonomy().by_name
    for form in candidate_forms(name):
        if form in known:
            return known[form]
    return None


def find_skill(skill_id: str) -> Skill | None:
    """The skill of an id, or None."""
    return taxonomy().skills.get(skill_id)


def key_of(name: str) -> str:
    """What two skill names are compared by: the id of a known skill, else `?` and the normal form.

    Unknown skills stay comparable with themselves and can never collide with an id. Empty for a name
    without letters, digits or signs.
    """
    skill = resolve(name)
    if skill is not None:
        return skill.skill_id
    form = normal_form(name)
    return f"?{form}" if form else ""
