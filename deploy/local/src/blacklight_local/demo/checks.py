"""Does what came out agree with what must come out?"""

from __future__ import annotations

from collections.abc import Sequence

from blacklight_local.demo.api import Json
from blacklight_local.demo.material import Material
from blacklight_local.demo.steps import Bench


def recognised_duplicates(material: Material, postings: Sequence[Json], problems: list[str]) -> int:
    """How many planted duplicates became part of their original; one that stands by itself is a problem."""
    stored = [posting["url"] for posting in postings]
    recognised = 0
    for group in material.groups():
        if len(group) == 1:
            continue
        addresses = {line["url"] for line in group}
        standing = sum(url in addresses for url in stored)
        if standing == 1:
            recognised += len(group) - 1
        elif standing > 1:
            problems.append(f"{group[0]['key']} stands {standing} times, its duplicates were not recognised")
        else:
            problems.append(f"{group[0]['key']} is not stored at all")
    return recognised


def check_distinct(material: Material, postings: Sequence[Json], problems: list[str]) -> None:
    """Openings that look alike must both be there."""
    stored = {posting["url"] for posting in postings}
    for pair in material.expected.distinct:
        gone = [key for key in pair if material.url_of(key) not in stored]
        if gone:
            problems.append(f"{gone[0]} was merged with another opening")


def check_people(
    material: Material, matches: dict[str, list[Json]], postings: Sequence[Json], problems: list[str]
) -> None:
    """For each known person: one posting among the best five, another not among the best fifty."""
    by_url = {posting["url"]: posting["posting_id"] for posting in postings}
    groups = {line.get("key"): [other["url"] for other in group] for group in material.groups() for line in group}
    for person in material.expected.people:
        ranked = [match["posting_id"] for match in matches.get(person.resume, [])]
        wanted = [by_url[url] for url in groups[person.in_top_5] if url in by_url]
        unwanted = [by_url[url] for url in groups[person.not_in_top_50] if url in by_url]
        if not set(wanted) & set(ranked[:5]):
            place = next(
                (f"is number {ranked.index(one) + 1}" for one in wanted if one in ranked), "is no match at all"
            )
            problems.append(f"{person.name}: {person.in_top_5} must be among the best five and {place}")
        if not unwanted:
            problems.append(f"{person.name}: {person.not_in_top_50} is not stored, so nothing was checked")
        if set(unwanted) & set(ranked[:50]):
            problems.append(f"{person.name}: {person.not_in_top_50} must not be among the best fifty")


def check_sessions(sessions: Sequence[Json], problems: list[str]) -> None:
    """Every session ended well, on every platform, and no posting was refused."""
    for session in sessions:
        if session["state"] != "SESSION_STATE_COMPLETED":
            problems.append(f"the session on {session['role_name']} is {session['state']}")
        for run in session["platforms"]:
            if run["state"] in ("PLATFORM_RUN_STATE_FAILED", "PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED"):
                problems.append(f"{session['role_name']} on {run['platform']}: {run['state']} {run['failure_reason']}")
            if run["rejected"]:
                problems.append(f"{session['role_name']} on {run['platform']}: {run['rejected']} postings refused")


def check_complete(
    material: Material, bench: Bench, received: int, postings: Sequence[Json], problems: list[str]
) -> None:
    """For the demo's own data: every line was streamed, and every original is stored, once."""
    if not material.expected.people:
        return
    if len(bench.resumes) != len(material.resumes):
        problems.append(f"{len(bench.resumes)} of {len(material.resumes)} résumés were uploaded")
    if received != len(material.postings):
        problems.append(f"{received} of {len(material.postings)} postings were streamed")
    stored = {posting["url"] for posting in postings}
    lost = [group[0]["key"] for group in material.groups() if not stored & {line["url"] for line in group}]
    if lost:
        problems.append(f"{len(lost)} originals are not stored, e.g. {lost[0]}")
    if len(postings) != len(material.groups()):
        problems.append(f"{len(postings)} postings are stored, {len(material.groups())} were expected")


def check_sum(match: Json, explanation: Json, problems: list[str]) -> None:
    """The parts of a score add up to it."""
    added = sum(part["contribution"] for part in explanation["parts"])
    if added != match["score"]:
        problems.append(f"the parts of a score sum to {added}, the score is {match['score']}")
