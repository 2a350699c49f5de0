"""An explanation in words, as `blacklight explain` prints it. Pure; plain text, for files and pipes as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
NAMES = {"skills": "Skills", "experience": "Experience", "semantic": "Likeness of the texts"}
SENTENCES_A_PART = 20


def lines_of(explanation: Json) -> Iterator[str]:
    """Every line of an explanation."""
    match = explanation["match"]
    yield f"{match['candidate_name']} and {match['posting_title']} · {match['posting_company']}"
    kept = "" if explanation["stored"] else " (not a stored match; scored now)"
    yield f"{explanation['summary']}{kept}"
    yield f"scorer {match['scorer_version']}, coverage {explanation['coverage']} %, state {_state(match)}"
    for part in explanation["parts"]:
        yield ""
        yield from _part(part)
    yield ""
    added = " + ".join(points(part["contribution"]) for part in explanation["parts"] if part.get("score") is not None)
    yield f"{added or '0.00'} = {points(match['score'])} ({match['grade']})"
    yield from _blockers(explanation["blockers"])
    yield from _raises(explanation["raises"])


def points(hundredths: int) -> str:
    """4321 is 43.21."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _state(match: Json) -> str:
    return str(match["state"]).removeprefix("MATCH_STATE_").lower().replace("unspecified", "none")


def _part(part: Json) -> Iterator[str]:
    sum_text = "unknown, not counted"
    if part.get("score") is not None:
        sum_text = f"{points(part['score'])} × {points(part['weight'])} % = {points(part['contribution'])}"
    yield f"{NAMES[part['name']]}: {sum_text}"
    yield f"  {part['note']}"
    for evidence in part["evidence"][:SENTENCES_A_PART]:
        if part["name"] == "skills":
            yield f"  {'+' if evidence['matched'] else '-'} {evidence['subject']}"
        for side in ("resume", "posting"):
            if evidence[f"{side}_sentence"]:
                yield f"      {side}{_where(evidence, side)}: {evidence[f'{side}_sentence']}"


def _where(evidence: Json, side: str) -> str:
    start, end = evidence.get(f"{side}_start"), evidence.get(f"{side}_end")
    return f" [{start}-{end}]" if start is not None and end is not None else ""


def _blockers(blockers: list[Json]) -> Iterator[str]:
    if blockers:
        yield ""
        yield "Excluded all the same:"
        yield from (f"  {each['filter'].lower().replace('_', ' ')}: {each['reason']}" for each in blockers)


def _raises(raises: list[Json]) -> Iterator[str]:
    if raises:
        yield ""
        yield "What would raise it:"
    for each in raises:
        what = f"show {each['subject']}" if each["kind"] == "ADD_SKILL" else f"reach {each['subject']} years"
        yield f"  +{points(each['gain'])}  {what}, to {points(each['score'])}"
