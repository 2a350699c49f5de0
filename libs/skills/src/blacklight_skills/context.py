"""Words around a short or everyday skill name that speak for it or against it."""

from __future__ import annotations

from blacklight_skills.tokens import Tokens

_CODE_WORDS = frozenset(
    [
        "developer",
        "developers",
        "programmer",
        "programmers",
        "programming",
        "language",
        "languages",
        "scripting",
        "scripts",
        "code",
        "coding",
        "codebase",
        "microservices",
        "framework",
        "library",
        "libraries",
        "engineer",
        "engineers",
        "api",
        "apis",
    ]
)
_TEAM_WORDS = frozenset(
    [
        "analyst",
        "analysts",
        "lead",
        "tester",
        "testers",
        "tools",
        "testing",
        "models",
        "specialist",
        "consultant",
        "architect",
        "reports",
        "reporting",
        "solutions",
        "certification",
        "certified",
        "process",
        "processes",
        "automation",
        "development",
        "services",
        "applications",
        "nurse",
    ]
)
_LEADING_WORDS = frozenset(
    [
        "in",
        "with",
        "using",
        "knowledge",
        "know",
        "proficient",
        "proficiency",
        "experience",
        "skills",
        "language",
        "languages",
        "like",
    ]
)
_LEADING_FILLERS = frozenset({"of", "in", "with", "include", "including", ":", "the"})
_AGAINST = {
    "c": frozenset({"level", "suite", "corp", "class", "section", "grade", "series", "round"}),
    "go": frozenset({"live", "to", "further", "above", "beyond", "ahead", "through", "over", "on", "the", "for"}),
    "r": frozenset({"d", "us"}),
    "excel": frozenset({"at", "in"}),
    "rest": frozenset({"of", "assured"}),
    "ai": frozenset({"company", "startup"}),
    "natural": frozenset({"gas", "light", "resources", "sciences", "foods", "products", "hazards", "disasters"}),
}
# Words within two of a name, whatever stands between, that say that it is none: clearances and rights to work.
_RIGHTS_TO_WORK = frozenset(
    ["opt", "ead", "h1b", "h1", "h4", "h4ead", "gc", "gcead", "usc", "tn", "l2", "visa", "visas", "stem"]
)
_NO_SKILL_NEAR = {"ts": frozenset({"sci", "clearance", "cleared", "secret", "poly"}), "cpt": _RIGHTS_TO_WORK}
_NEAR = 2
_GLUE = frozenset("-'’&@_")


def touches_a_word(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the name is glued by a hyphen, apostrophe or dot to a word, as in "Go-to-market" or "R&D"."""
    if tokens.glued_after(last) and _binds(tokens, last + 1, last + 2):
        return True
    return tokens.glued_before(first) and _binds(tokens, first - 1, first - 2)


def _binds(tokens: Tokens, sign: int, word: int) -> bool:
    if tokens.words[sign] in _GLUE:
        beyond = 0 <= word < len(tokens.words) and tokens.words[word].isalnum()
        touching = tokens.glued_after(sign) if word > sign else tokens.glued_before(sign)
        return beyond and touching
    return tokens.words[sign] == "." and word > sign and tokens.glued_after(sign) and tokens.words[word].isalnum()


def stopped_by_next_word(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the next word shows an everyday use: "go live", "C level", "excel at"."""
    if first != last or last + 1 >= len(tokens.words):
        return False
    return tokens.words[last + 1] in _AGAINST.get(tokens.words[last], frozenset())


def stopped_by_a_word_near(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a word nearby shows that it is no skill: "TS/SCI", "OPT, CPT"."""
    against = _NO_SKILL_NEAR.get(tokens.words[first]) if first == last else None
    if against is None:
        return False
    before = [word for word in tokens.words[max(0, first - 2 * _NEAR) : first] if word.isalnum()]
    after = [word for word in tokens.words[last + 1 : last + 1 + 2 * _NEAR] if word.isalnum()]
    return not against.isdisjoint([*before[-_NEAR:], *after[:_NEAR]])


def cue_beside(tokens: Tokens, first: int, last: int, capitals: bool) -> bool:
    """Whether a neighbouring word speaks for the name: "Go developer", "experience with R"."""
    following = tokens.words[last + 1] if last + 1 < len(tokens.words) else ""
    if following in _CODE_WORDS or (capitals and following in _TEAM_WORDS):
        return True
    previous = tokens.words[first - 1] if first else ""
    if capitals and previous in _LEADING_WORDS:
        return True
    before = tokens.words[first - 2] if first > 1 else ""
    return previous in _LEADING_FILLERS and before in _LEADING_WORDS - {"in", "with"}
