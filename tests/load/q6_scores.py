"""Reads, embeds and scores the pairs of Q6 and writes everything that came of them to standard output.

The texts are made for it from the names of the occupations that matching ships, so that nothing beside the project is
needed: titles, skills of the taxonomy and sentences, drawn by SHA-256.
"""

from __future__ import annotations

import hashlib
import sys
from uuid import UUID

from blacklight_matching.occupations.known_titles import known_lines
from blacklight_matching.postings.reading.read import RawPosting, read_posting
from blacklight_matching.profiles.profile import Profile, shown_skills
from blacklight_matching.scoring import (
    CandidateColumns,
    CandidateSide,
    PostingColumns,
    PostingSide,
    SkillIndex,
    are_matches,
    blocked_pairs,
    score_block,
    score_pair,
)
from blacklight_matching.vectors import embed_texts
from blacklight_matching.work import work_offered, work_taken

SIDE = 100
SKILLS = (
    "Java", "Python", "SQL", "SAP", "Salesforce", "AWS", "Docker", "Kubernetes", "React", "C++", "C#", ".NET", "Go",
    "Excel", "Power BI", "Tableau", "Linux", "Oracle", "Jenkins", "Kafka", "COBOL", "Selenium", "Jira", "ServiceNow",
)  # fmt: skip
SENTENCES = (
    "We keep the books of small companies.", "You will lead a team of six.", "The work is on site in Dallas, TX.",
    "At least 5 years of experience are required.", "W2 only, no C2C.", "$60 - $70 per hour.", "100% remote.",
    "US citizens and green card holders only.", "Ideally 3-7 years with similar systems.", "Hybrid in New York, NY.",
)  # fmt: skip
STATES = ("Austin, TX", "Newark, NJ", "Chicago, IL", "Denver, CO")


def drawn(*of: object) -> int:
    """A number that depends on the arguments alone."""
    return int.from_bytes(hashlib.sha256(repr(of).encode()).digest()[:6], "big")


def some(items: tuple[str, ...], count: int, *of: object) -> list[str]:
    """So many of them, each once."""
    return sorted(items, key=lambda item: drawn(item, *of))[:count]


def side_of_candidate(number: int, names: list[str]) -> CandidateSide:
    """A candidate, as matching makes one of a profile."""
    skills = some(SKILLS, drawn("n", number) % 9, "candidate", number)
    years = (None, 0, 2, 5, 12, 30)[drawn("years", number) % 6]
    profile = Profile(
        UUID(int=number), 1, "Robin Example", True, names[drawn("title", number) % len(names)], (), years, (),
        shown_skills([(name, "", 0, 0) for name in skills]), " ".join(some(SENTENCES, 4, "prose", number)), None,
    )  # fmt: skip
    work = work_taken(
        work_authorization=("", "H1B", "US_CITIZEN")[number % 3],
        locations=[STATES[number % 4]] if number % 5 else [],
        open_to_relocation=(None, False, True)[number % 3],
        contract_types=[["C2C"], ["W2"], []][number % 3],
        least_pay=(None, 65.0)[number % 2],
        pay_currency="USD",
        pay_period="HOUR",
    )
    vector = embed_texts([profile.text], "profile")[0]
    return CandidateSide(frozenset(profile.skill_keys), profile.experience_years, vector, work)


def side_of_posting(number: int, names: list[str]) -> PostingSide:
    """A posting, as matching makes one of its text."""
    asked = ", ".join(some(SKILLS, drawn("asked", number) % 7, "posting", number))
    prose = "\n".join(some(SENTENCES, 5, "posting", number))
    text = f"Requirements\n- {asked}\n{prose}" if asked else prose
    said = read_posting(RawPosting(UUID(int=number), names[drawn("job", number) % len(names)], "", "", text, None))
    fields = said.fields
    work = work_offered(
        work_authorizations=fields.work_authorizations,
        sponsorship=fields.sponsorship,
        clearance=fields.clearance,
        places=fields.places,
        workplace=fields.workplace,
        contract_types=fields.contract_types,
        pay_max=fields.pay_max,
        pay_currency=fields.pay_currency,
        pay_period=fields.pay_period,
    )
    vector = embed_texts([said.text], "posting")[0]
    return PostingSide(tuple(said.skill_keys), said.min_years, said.max_years, vector, work)


def main(block: int) -> None:
    """Writes the bytes."""
    names = [name for _, name, *_ in known_lines()]
    people = [side_of_candidate(number, names) for number in range(SIDE)]
    postings = [side_of_posting(number, names) for number in range(SIDE)]
    found: dict[str, list[str]] = {}
    for start in range(0, SIDE, block):
        part, index = people[start : start + block], SkillIndex()
        scores = score_block(CandidateColumns.of(part, index), PostingColumns.of(postings, index), index)
        for name in ("overall", "skills", "experience", "semantic", "coverage", "confidence"):
            found.setdefault(name, []).extend(map(str, getattr(scores, name).tolist()))
    sys.stdout.write("".join(f"{name} {row}\n" for name, rows in found.items() for row in rows))
    _write_rows(people, postings)


def _write_rows(people: list[CandidateSide], postings: list[PostingSide]) -> None:
    blocked = blocked_pairs([one.work for one in people], [other.work for other in postings])
    index = SkillIndex()
    matches = are_matches(score_block(CandidateColumns.of(people, index), PostingColumns.of(postings, index), index))
    for row, one in enumerate(people):
        bits = [score_pair(one, other).matched.hex() for other in postings]
        sys.stdout.write(f"{row} {bits} {blocked[row].tolist()} {matches[row].tolist()}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
