"""The local engine: an opinion from the explanation and the texts alone, the same every time. Pure."""

from __future__ import annotations

import re

from blacklight_matching.opinions.material import Material
from blacklight_matching.opinions.opinion import Opinion
from blacklight_matching.scoring import Explanation, PartLine

ENGINE = "local-1"

_MOST_LINES = 8
_BLOCKED_AT_MOST = 20
"""What excludes a pair leaves little to hope for, whatever it scores."""

_CULTURE = (
    ("Works in teams", r"\bcollaborat\w+|\bteam[- ]?(?:work|player|oriented)\b|\bcross[- ]functional\b"),
    ("Agile way of working", r"\bagile\b|\bscrum\b|\bkanban\b|\bsprints?\b"),
    ("Fast pace", r"\bfast[- ]paced\b|\btight deadlines?\b|\bhigh[- ]pressure\b"),
    ("Works on one's own", r"\bself[- ](?:starter|motivated|directed)\b|\bindependently\b|\bautonom\w+"),
    ("Flexible work", r"\bremote[- ](?:first|friendly)\b|\bflexible (?:hours|schedule|work\w*)\b|\bwork[- ]life\b"),
    ("Learning and growth", r"\bmentor\w*|\b(?:training|learning) (?:budget|programs?)\b|\bcareer growth\b"),
    ("Start-up", r"\bstart-?ups?\b|\bearly[- ]stage\b"),
    ("Contact with clients", r"\b(?:client|customer)[- ]facing\b|\bstakeholders?\b"),
    ("On call or shifts", r"\bon[- ]call\b|\b24\s*[/x]\s*7\b|\b(?:night|rotating) shifts?\b"),
    ("Travel", r"\btravel (?:up to|required)\b|\b\d{1,3}\s*% travel\b"),
    ("Stated commitment to inclusion", r"\bequal opportunit\w+|\bdiversity\b|\binclusi\w+"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _CULTURE)


def local_opinion(material: Material) -> Opinion:
    """The opinion of the local engine."""
    told = material.explanation
    return Opinion(
        score=_score(told),
        strengths=_strengths(told)[:_MOST_LINES],
        gaps=_gaps(told)[:_MOST_LINES],
        recommendations=_recommendations(told)[:_MOST_LINES],
        experience_analysis=_experience(material)[:1_500],
        culture_indicators=[name for name, found in _PATTERNS if found.search(material.posting.description)][
            :_MOST_LINES
        ],
    )


def _score(told: Explanation) -> int:
    """The score, drawn towards the middle as far as it rests on little."""
    drawn = (told.overall * told.confidence + 5_000 * (100 - told.confidence) + 5_000) // 10_000
    return min(drawn, _BLOCKED_AT_MOST) if told.blockers else drawn


def _part(told: Explanation, name: str) -> PartLine:
    return next(part for part in told.parts if part.name == name)


def _strengths(told: Explanation) -> list[str]:
    lines = []
    shown = [skill for skill in told.skills if skill.is_matched]
    if shown:
        lines.append(_cut(_part(told, "skills").statement))
        lines += [_cut(f"{skill.name}: “{skill.candidate[0].text}”") for skill in shown if skill.candidate][:3]
    for name, enough in (("experience", 8_500), ("semantic", 7_000)):
        part = _part(told, name)
        if part.score is not None and part.score >= enough:
            lines.append(_cut(part.statement))
    return lines


def _gaps(told: Explanation) -> list[str]:
    lines = [blocker.reason for blocker in told.blockers]
    missing = [skill.name for skill in told.skills if not skill.is_matched]
    lines += [_cut(f"The resume does not show {name}, which the posting asks for.") for name in missing[:4]]
    if len(missing) > 4:
        lines.append(f"{len(missing) - 4} more skills asked for are not shown.")
    for part in told.parts:
        if part.score is None or (part.name != "skills" and part.score < 7_000):
            lines.append(_cut(part.statement))
    return lines


def _recommendations(told: Explanation) -> list[str]:
    lines = ["Clear first what excludes the candidate."] if told.blockers else []
    for each in told.raises[:3]:
        gain = f"{each.gain // 100}.{each.gain % 100:02d}"
        if each.kind == "ADD_SKILL":
            lines.append(_cut(f"Ask about {each.subject}; if the resume can show it, the score rises by {gain}."))
        else:
            lines.append(f"Check the years: with {each.subject} shown, the score rises by {gain}.")
    if told.confidence < 60:
        lines.append(f"Read the posting itself: only {told.confidence} % of the score rests on what both sides say.")
    if not told.blockers:
        lines.append("Worth submitting." if told.is_recommended else "Look for a closer posting first.")
    return lines


def _experience(material: Material) -> str:
    jobs = "; ".join(material.jobs[:3])
    return f"{_part(material.explanation, 'experience').statement}" + (f" From: {jobs}." if jobs else "")


def _cut(line: str) -> str:
    """A line of an opinion, at most 400 characters."""
    return line if len(line) <= 400 else f"{line[:399].rstrip()}…"
