"""Q8: who somebody is moves no score: names, sex and age words swapped in résumés of `livecareer_text`.

Each résumé is given to eight invented people in turn: a header with name, sex and date of birth, an opening sentence
that tells name, age and sex, and every gendered word of the text turned to theirs. Each version is read by the
product's parser and profile, embedded and scored against the postings of Q5. Ours is the share of versions whose whole
ranking (all scores, to the hundredth) is that of the first; beside it the same without `fairness`, in one run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock
from uuid import UUID

import numpy as np
from blacklight_candidate.resumes.extraction import ExtractedText
from blacklight_candidate.resumes.parsing import TaxonomySkills, parse
from blacklight_candidate.resumes.profile_facts import facts_of
from blacklight_matching.profiles import profile as profiles
from blacklight_matching.scoring import CandidateSide, PostingSide, score_pair
from blacklight_matching.vectors import embed_texts
from numpy.typing import NDArray

from tests.load.bench_q5 import TODAY, Resume, profile_of, read_postings
from tests.load.figures import Figure, verdict

EVERY = 4
"""Each fourth résumé of the set: 118 of them, eight versions each."""

_TO_FEMALE = {
    "he": "she", "him": "her", "his": "her", "himself": "herself", "mr": "mrs", "man": "woman", "men": "women",
    "male": "female", "boy": "girl", "boys": "girls", "gentleman": "lady", "gentlemen": "ladies", "father": "mother",
    "husband": "wife", "son": "daughter", "brother": "sister", "salesman": "saleswoman", "chairman": "chairwoman",
    "waiter": "waitress", "waiters": "waitresses", "businessman": "businesswoman", "host": "hostess",
    "foreman": "forewoman", "actor": "actress", "fraternity": "sorority", "alumnus": "alumna", "steward": "stewardess",
}  # fmt: skip
_TO_MALE = {female: male for male, female in reversed(_TO_FEMALE.items())}
_WORDS = re.compile(r"\b[A-Za-z]+\b")


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    name: str
    female: bool
    age: int
    born: str


PEOPLE = (
    Person("James Miller", False, 31, "03/14/1994"), Person("Emily Walsh", True, 58, "11/02/1966"),
    Person("Lakisha Washington", True, 27, "7 May 1998"), Person("Jamal Robinson", False, 45, "1980-01-30"),
    Person("Mei-Ling Chen", True, 39, "12/12/1985"), Person("Mohammed Al-Farsi", False, 62, "4 July 1963"),
    Person("Guadalupe Hernández García", True, 50, "02/29/1975"), Person("Ruby O'Brien", True, 23, "09/09/2001"),
)  # fmt: skip


def version(text: str, person: Person) -> str:
    """The résumé as that person's."""
    table = _TO_FEMALE if person.female else _TO_MALE
    swapped = _WORDS.sub(lambda found: _cased(found.group(), table), text)
    kind, they, their = ("woman", "She", "her") if person.female else ("man", "He", "his")
    article = "an" if person.age in (80, 81, 8, 11, 18) else "a"
    opening = (
        f"{person.name} is {article} {person.age}-year-old {kind}. {they} is known for {their} care. "
        f"{'Mrs.' if person.female else 'Mr.'} {person.name.split()[-1]} is {person.age} years old."
    )
    head = f"{person.name}\nGender: {'female' if person.female else 'male'}\nDate of birth: {person.born}\n\n"
    heading = re.search(
        r"(?m)^(?:Professional |Executive |Career )?(?:Summary|Profile|Overview|Objective)\s*$", swapped
    )
    at = heading.end() if heading else 0
    return head + (f"{swapped[:at]}\n{opening}{swapped[at:]}" if heading else f"Summary\n{opening}\n{swapped}")


def _cased(word: str, table: dict[str, str]) -> str:
    other = table.get(word.lower())
    if other is None:
        return word
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


def side_of(number: int, text: str, skills: TaxonomySkills) -> CandidateSide:
    """What the scorer sees of a résumé."""
    parsed = parse(ExtractedText.plain(text), skills=skills, today=TODAY)
    facts = facts_of(parsed)
    profile = profile_of(Resume(str(number), "", text, parsed))
    profile = replace(profile, candidate_id=UUID(int=number), display_name=f"{facts.given_name} {facts.family_name}")
    vector = embed_texts([profile.text], "profile")[0]
    return CandidateSide(frozenset(profile.skill_keys), profile.experience_years, vector)


def scores_of(texts: Sequence[str], postings: Sequence[PostingSide]) -> NDArray[np.int64]:
    """Scores of every résumé, given to every person, with every posting: (résumés, people, postings)."""
    skills = TaxonomySkills()
    return np.array(
        [
            [
                [score_pair(side, posting).overall for posting in postings]
                for side in (side_of(number, version(text, person), skills) for person in PEOPLE)
            ]
            for number, text in enumerate(texts)
        ]
    )


def agreement(scores: NDArray[np.int64]) -> tuple[float, float]:
    """Shares of versions with the scores of the first, and with its ranking of the postings."""
    same = (scores[:, 1:] == scores[:, :1]).all(axis=2)
    order = np.argsort(-scores, axis=2, kind="stable")
    return float(same.mean()), float((order[:, 1:] == order[:, :1]).all(axis=2).mean())


def run(root: Path = Path(".")) -> list[str]:
    """One line."""
    data = root.resolve().parent / "shared" / "data"
    resumes, onet = data / "livecareer_text" / "resumes.jsonl", data / "onet_27"
    if not resumes.exists() or not (onet / "occupations.tsv").exists():
        return ["Q8 ours=- baseline=- ratio=- target=1.000 calibration=- skipped(no data beside the project)"]
    told = [json.loads(line)["text"].partition("\n")[2] for line in resumes.read_text("utf-8").splitlines()[::EVERY]]
    _, readings = read_postings(onet)
    vectors = embed_texts([reading.text for reading in readings], "posting")
    postings = [
        PostingSide(tuple(reading.skill_keys), reading.min_years, reading.max_years, vector)
        for reading, vector in zip(readings, vectors, strict=True)
    ]
    same, ranked = agreement(scores_of(told, postings))
    with mock.patch.object(profiles, "neutral", lambda text, person="": text):
        bare, bare_ranked = agreement(scores_of(told[::4], postings))
    figure = Figure(
        "Q8",
        f"rankings unchanged {ranked:.3f}, all scores unchanged {same:.3f} ({len(told)} résumés x {len(PEOPLE)} people "
        f"x {len(postings)} postings)",
        f"without fairness: rankings {bare_ranked:.3f}, scores {bare:.3f} ({len(told[::4])} résumés); "
        "best published .990",
        "-",
        "1.000",
        1.0,
        verdict(ranked == 1.0 and same == 1.0),
    )
    return [str(figure)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(run(Path(__file__).resolve().parents[2])) + "\n")
