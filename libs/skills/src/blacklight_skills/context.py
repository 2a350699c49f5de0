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
