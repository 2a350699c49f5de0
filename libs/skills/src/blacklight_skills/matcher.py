"""Find skills in running text: longest match over tokens, then evidence for short and everyday names.

Linear in the text: each token starts at most one walk down the trie, and a walk is never longer than the
longest spelling. Nothing depends on hash order, so the answer is the same in every process.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from blacklight_skills.context import cue_beside, stopped_by_a_word_near, stopped_by_next_word, touches_a_word
from blacklight_skills.taxonomy import Form, Node, taxonomy
from blacklight_skills.tokens import Tokens, tokenize

_SEPARATORS = frozenset(",/|;&()[]:•·*-+") | {"and", "or", "&amp;"}
_LIST_GAP = 4


@dataclass(frozen=True, slots=True)
class SkillSpan:
    """A skill mentioned in a text: `text[start:end]` is the mention."""

    skill_id: str
    name: str
    start: int
    end: int


@dataclass(slots=True)
class _Mention:
    first: int
    last: int
    forms: list[Form]
    accepted: Form | None


def find_skills(text: str) -> list[SkillSpan]:
    """Every mention of a known skill, in order and without overlaps.

    Args:
        text: plain text of any length (spec section 6.2, pain P-70).
    """
    tokens = tokenize(text)
    mentions = _scan(text, tokens, taxonomy().root)
    _settle(text, tokens, mentions)
    return [
        SkillSpan(m.accepted.skill.skill_id, m.accepted.skill.name, tokens.starts[m.first], tokens.ends[m.last])
        for m in mentions
        if m.accepted is not None
    ]


def _scan(text: str, tokens: Tokens, root: Node) -> list[_Mention]:
    mentions: list[_Mention] = []
    index = 0
    while index < len(tokens.words):
        mention = _longest(text, tokens, root, index)
        if mention is None:
            index += 1
        else:
            mentions.append(mention)
            index = mention.last + 1
    return mentions


def _longest(text: str, tokens: Tokens, root: Node, first: int) -> _Mention | None:
    """The longest spelling that starts at token `first` and whose capitals and borders fit."""
    found: _Mention | None = None
    node: Node | None = root.children.get(tokens.words[first])
    last = first
    while node is not None:
        if node.forms:
            forms = _fitting(text, tokens, node.forms, first, last)
            if forms:
                plain = next((form for form in forms if not form.listed), None)
                found = _Mention(first, last, forms, plain)
        last += 1
        node = node.children.get(tokens.keys[last]) if last < len(tokens.keys) else None
    return found


def _fitting(text: str, tokens: Tokens, forms: list[Form], first: int, last: int) -> list[Form]:
    if _is_part_of_a_longer_name(tokens, first, last) or stopped_by_a_word_near(tokens, first, last):
        return []
    mention = " ".join(text[tokens.starts[first] : tokens.ends[last]].split())
    fitting = [form for form in forms if not form.exact or form.text == mention]
    short = len(mention) <= 2 or any(form.listed or form.exact for form in fitting)
    if short and (touches_a_word(tokens, first, last) or stopped_by_next_word(tokens, first, last)):
        return []
    return fitting


def _is_part_of_a_longer_name(tokens: Tokens, first: int, last: int) -> bool:
    """`.NET` inside "Java.Net", or "C" before "+" or "#" that belong to it."""
    if tokens.words[first] == "." and tokens.glued_before(first) and tokens.words[first - 1].isalnum():
        return True
    if not tokens.glued_after(last):
        return False
    following = tokens.words[last + 1]
    return following == "#" or (following == "+" and len(tokens.words[last]) == 1 and not tokens.words[last].isdigit())


def _settle(text: str, tokens: Tokens, mentions: list[_Mention]) -> None:
    """Accept the doubtful mentions that their neighbours speak for, in one pass each way."""
    fields = Counter(m.accepted.skill.field for m in mentions if m.accepted is not None)
    for order in (1, -1):
        previous: _Mention | None = None
        for mention in mentions[::order]:
            if mention.accepted is None:
                beside = previous is not None and _in_one_list(tokens, previous, mention)
                mention.accepted = _choose(text, tokens, mention, fields, beside)
            previous = mention


def _in_one_list(tokens: Tokens, one: _Mention, other: _Mention) -> bool:
    if one.accepted is None:
        return False
    left, right = (one, other) if one.first < other.first else (other, one)
    between = tokens.words[left.last + 1 : right.first]
    return 0 < len(between) <= _LIST_GAP and all(word in _SEPARATORS for word in between)


def _choose(text: str, tokens: Tokens, mention: _Mention, fields: Counter[str], beside: bool) -> Form | None:
    spelled = text[tokens.starts[mention.first] : tokens.ends[mention.last]]
    capitals = spelled.isupper()
    spoken_for = beside or cue_beside(tokens, mention.first, mention.last, capitals)
    eligible = [form for form in mention.forms if _has_evidence(form, fields, spoken_for, capitals)]
    if len(eligible) < 2:
        return eligible[0] if eligible else None
    ranked = sorted(eligible, key=lambda form: (-fields[form.skill.field], form.skill.skill_id))
    best, second = ranked[0], ranked[1]
    return best if fields[best.skill.field] > fields[second.skill.field] else None


def _has_evidence(form: Form, fields: Counter[str], spoken_for: bool, capitals: bool) -> bool:
    if not form.same_field:
        return spoken_for
    return fields[form.skill.field] > 0 and (spoken_for or (form.exact and capitals))
