"""How a posting speaks of a skill that it mentions: it requires it, would like it, or does not ask for it.

A mention is not a requirement: "No Java please" refuses it, "Kafka would be a bonus" only likes it, "out of a WebLogic
monolith" leaves it behind, and benefits or words about the company ask for nothing. What decides is the clause that
the mention stands in, not the whole sentence: "Java required, Kafka a plus" says two things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from blacklight_matching.postings.extraction.sentences import Span


class Stance(Enum):
    """What one mention says."""

    REQUIRED = "required"
    NICE = "nice"
    NOT_ASKED = "not asked"


_ABOUT_US = re.compile(
    r"\b(?:about us|our (?:mission|benefits|offices?)|equal[- ]opportunity|we (?:offer|provide)|"
    r"benefits (?:include|package)|follow us|founded (?:in|by|on)|headquartered|visit (?:our|us)|"
    r"apply (?:on|at|via|through)|send (?:us )?(?:your|an?)\b(?! \w+ (?:to|from))|resumes? (?:to|in)|"
    r"e-?mail (?:us|your|me)|"
    r"(?:health|medical|dental|vision|life|disability|paid) insurance|401 ?\(?k)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:looking|look for|search(?:ing)? for|seek(?:s|ing)?|needs?|needed|wants?|hir(?:e|es|ing)|require[sd]?|"
    r"requirements?|must|experienced?|proficien\w+|knowledge|know|skills?|skilled|years?|expertise|familiar\w*|"
    r"(?<!equal )(?<!equal-)(?:opportunity|position|role|opening)|"
    r"engineer|developer|programmer|analyst|architect|administrator|consultant|qualified|worked (?:with|on|in)|"
    r"you (?:will|have|are|bring)|you'll|mandatory)\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(
    r"[;,:()|*•]|[.!?]\s|\s[-–—]|\s(?:if|who|where|when|because|since|but|while)\s", re.IGNORECASE
)
_SEGMENT_BREAK = re.compile(r";|//|(?<!e\.g)(?<!i\.e)(?<!etc)[.!?]\s+(?=[a-z])")

_LONGEST_OWN_WORDS = 250
"""A longer "sentence" is several that lost their line breaks; one phrase about the company does not speak for all."""

_NICE = re.compile(
    r"\b(?:nice[- ]to[- ]haves?|nice extras?|a (?:\w+ )?plus\b|bonus points|bonus(?= if\b|:)|"
    r"(?:a|an added) bonus(?! (?:of|plan|scheme|program|target|up))|prefer(?:red|ably|ence)|"
    r"desirable|desired|an? (?:\w+ )?advantage|advantageous|an asset|good to have|great to have|ideally|"
    r"optional(?:ly)?|not (?:required|needed|necessary)|"
    r"would be (?:nice|great|helpful|welcome|appreciated|an asset|delighted)|"
    r"(?:is|are) (?:helpful|appreciated)|helps? to have|helpful to have|would please|"
    r"(?<!years )(?<!candidates )(?<!applicants )(?<!everyone )(?<!backgrounds )(?:is|are) welcome|"
    r"in your favou?r|sets? you apart|stand out|top of the pile|"
    r"we (?:can|will|are happy to|are glad to) (?:teach|train)|should you also)\b"
    r"|(?<!will )\bhelps?\.?$|^\W*(?:nice|plus|bonus)\s*[:=>]",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"(?<!not )\b(?:required|is a must|are a must|must[- ]haves?|must|mandatory|essential|needed|requires|"
    r"(?:we|you) need)\b",
    re.IGNORECASE,
)
_SPEAKS_OF_WHAT_FOLLOWS = re.compile(
    r"^(?:must|must[- ]haves?|requires|(?:we|you) need|preferably|ideally|should you also|helps? to have|"
    r"nice extras?|would be delighted)$",
    re.IGNORECASE,
)

_FILLERS = (
    r"(?:(?:an?|any|the|our|your|prior|previous|more|longer|much|need|to|for|of|with|in|on|experience|knowledge|"
    r"background|skills?|exposure|know|use|using|used|work|working|want|require|requiring|expect|have|write|"
    r"writing|touch|do|be|support|looking|consider|considering|hire|hiring|pure|plain|another|typical|just another)\s+)"
)
_REFUSED_BEFORE = re.compile(
    r"(?:\bno|\bnot|\bnever|n['’]t|\bcannot|\bneither|\bnor)\s+(?!only\b|just a\b)" + _FILLERS + r"{0,6}$",
    re.IGNORECASE,
)
_REFUSED_AFTER = re.compile(
    r"^\s*(?:(?:experience|knowledge|skills?|programming|background|certification)\s+)?"
    r"(?:(?:is|are|will be)\s*)?(?:not|n['’]t|no longer)\s+(?:be\s+)?"
    r"(?:required|needed|necessary|used|wanted|expected|mandatory|essential|a (?:must|requirement))\b(?!,? but)",
    re.IGNORECASE,
)
_TURNS_AWAY = re.compile(r"(?:\bnot|n['’]t)\s+(?:be\s+)?(?:apply|appl\w+|consider\w*|submit|respond|contact)\b", re.I)
_LEFT_BEHIND = re.compile(
    r"(?:\b(?:tak|mov|break|pull|carv|extract)\w* (?:[\w-]+ ){0,5}out of|"
    r"\baway from|\bmigrat\w+ (?:\w+ ){0,3}?from|\bmov(?:e|es|ing) (?:\w+ ){0,3}?(?:from|off)|"
    r"\bretir(?:e|es|ing)|\breplac(?:e|es|ing)|\bdecommission(?:s|ing)?|\bsunset(?:s|ting)?|\bphas(?:e|ing) out|"
    r"\bgets? rid of|\binstead of|\brather than|\bused to (?:be|run on|use))\s+"
    r"(?:(?:an?|the|our|its|their|old|older|legacy|last|remaining|existing|ag(?:e)?ing|former)\s+){0,4}$",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:no|not|never|cannot|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_LEAVES = re.compile(
    r"\b(?:out of|away from|migrat|mov(?:e|ing)|retir|replac|decommission|sunset|phas(?:e|ing) out|rid of|instead of|"
    r"rather than|used to)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*(?:,\s*(?:or|and|nor)?|/|&|or|and|nor)\s*$", re.IGNORECASE)
_ASKED_AFTER = re.compile(
    r"^\s*(?:(?:experience|knowledge|skills?)\s+)?(?:(?:is|are)\s+)?"
    r"(?:required|a must|needed|mandatory|essential|preferred|a plus)\b",
    re.IGNORECASE,
)


def stances(sentence: str, mentions: Sequence[Span], *, is_nice: bool = False) -> list[Stance]:
    """What a sentence says with each of its mentions.

    Args:
        mentions: spans inside `sentence`, in order.
        is_nice: it stands under a heading such as "Nice to have".
    """
    refused = _refused(sentence, mentions)
    # Most sentences hold none of these words; asking once a sentence keeps long lists of skills cheap.
    about_us, leaves, cues = _ABOUT_US.search(sentence), _LEAVES.search(sentence), _cues(sentence)
    return [
        Stance.NOT_ASKED
        if no or (about_us and _is_about_us(sentence, mention))
        else Stance.NICE
        if is_nice or (leaves and _is_left_behind(sentence, mention)) or (cues and _is_nice(sentence, mention))
        else Stance.REQUIRED
        for mention, no in zip(mentions, refused, strict=True)
    ]


def _refused(sentence: str, mentions: Sequence[Span]) -> list[bool]:
    """Denied by the words before or after it, or in one list with a denied one: "No PHP, Perl or Java"."""
    if not _DENIES.search(sentence) or _TURNS_AWAY.search(sentence):
        return [False] * len(mentions)
    befores = [bool(_REFUSED_BEFORE.search(sentence[: mention.start][-80:])) for mention in mentions]
    afters = [bool(_REFUSED_AFTER.match(sentence[mention.end : mention.end + 80])) for mention in mentions]
    for n in range(1, len(mentions)):
        between = sentence[mentions[n - 1].end : mentions[n].start]
        asked = _ASKED_AFTER.match(sentence[mentions[n].end : mentions[n].end + 80])
        if befores[n - 1] and _LISTED.match(between) and not asked:
            befores[n] = True
    for n in range(len(mentions) - 2, -1, -1):
        between = sentence[mentions[n].end : mentions[n + 1].start]
        if afters[n + 1] and "," not in between and _LISTED.match(between):
            afters[n] = True
    return [before or after for before, after in zip(befores, afters, strict=True)]


def _is_about_us(sentence: str, mention: Span) -> bool:
    """Whether it stands in benefits or words about the company. A sentence that asks for something is split first."""
    if len(sentence) <= _LONGEST_OWN_WORDS and not _ASKS.search(sentence):
        return True
    clause = _around(_CLAUSE_BREAK, sentence, mention)
    words = sentence[clause.start : clause.end]
    return bool(_ABOUT_US.search(words)) and not _ASKS.search(words)


def _is_left_behind(sentence: str, mention: Span) -> bool:
    return bool(_LEFT_BEHIND.search(sentence[: mention.start][-80:]))


def _is_nice(sentence: str, mention: Span) -> bool:
    """By the cue that governs it where its segment both requires and likes, else by the only sort of cue there is."""
    segment = _around(_SEGMENT_BREAK, sentence, mention)
    words = sentence[segment.start : segment.end]
    cues = _cues(words)
    if len({is_nice for _, _, is_nice in cues}) < 2:
        return bool(cues) and cues[0][2]
    place = mention.start - segment.start
    after = next((cue for cue in cues if cue[0] > place), None)
    before = next((cue for cue in reversed(cues) if cue[0] < place), None)
    if after is not None and (before is None or not _governs_what_follows(words, after)):
        return after[2]
    return before is not None and before[2]


@lru_cache(maxsize=64)
def _cues(words: str) -> tuple[tuple[int, int, bool], ...]:
    """Where a segment likes (True) or requires (False), in order; asked again for each mention of the segment."""
    nice = [(cue.start(), cue.end(), True) for cue in _NICE.finditer(words)]
    return tuple(sorted(nice + [(cue.start(), cue.end(), False) for cue in _REQUIRED.finditer(words)]))


def _governs_what_follows(words: str, cue: tuple[int, int, bool]) -> bool:
    start, end, _ = cue
    return bool(_SPEAKS_OF_WHAT_FOLLOWS.match(words[start:end])) or words[end : end + 1] == ":"


def _around(breaks: re.Pattern[str], sentence: str, mention: Span) -> Span:
    """The part between the breaks around a mention."""
    start, end = 0, len(sentence)
    for gap in breaks.finditer(sentence):
        if gap.end() <= mention.start:
            start = gap.end()
        elif gap.start() >= mention.end:
            end = gap.start()
            break
    return Span(start, end)
