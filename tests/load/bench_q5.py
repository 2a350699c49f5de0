"""Q5: which postings a résumé is for: 470 résumés of 24 families against 92 postings (nDCG@10).

Résumés are those of `livecareer_text` (measured only), without their first line, which is the headline; they are read
by the product's parser, and the profile is what the product makes of that: title, skills, years, and as prose the
summary followed by the jobs. Postings are the O*NET occupations of `q5_families.py`, title and description,
read by the product's reader. Right are the postings of the résumé's family; each is worth the same.

  scorer    ranked by the score of the pair, as matching ranks
  likeness  ranked by the semantic part alone
  unseen    the third of the résumés on which no choice was made (drawn by id, seed 20261123)
Baseline in the same run: TF-IDF of the same résumés and postings. Intervals are 95 % bootstrap over résumés.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import numpy as np
from blacklight_candidate.profiles.evidence import prose_of
from blacklight_candidate.resumes.extraction import ExtractedText
from blacklight_candidate.resumes.parsing import ParsedResume, TaxonomySkills, parse
from blacklight_candidate.resumes.profile_facts import facts_of
from blacklight_matching.occupations.known_titles import known_lines
from blacklight_matching.postings.reading.read import RawPosting, Reading, read_posting
from blacklight_matching.profiles.profile import Profile, shown_skills
from blacklight_matching.scoring import CandidateSide, PostingSide, score_pair
from blacklight_matching.vectors import cosine_hundredths, embed_texts
from numpy.typing import NDArray

from tests.load.figures import Figure, verdict
from tests.load.lexical import tfidf
from tests.load.q5_families import FAMILIES

SEED = 20261123
RESAMPLES = 2_000
TODAY = date(2025, 6, 1)
TARGET = 0.53

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Resume:
    """One résumé of the set: text without its headline, and what was read of it."""

    id: str
    family: str
    text: str
    parsed: ParsedResume


def read_resumes(path: Path) -> list[Resume]:
    """All résumés of the file."""
    skills = TaxonomySkills()
    found = []
    for line in path.read_text("utf-8").splitlines():
        told = json.loads(line)
        text = told["text"].partition("\n")[2]
        parsed = parse(ExtractedText.plain(text), skills=skills, today=TODAY)
        found.append(Resume(told["id"], told["category"], text, parsed))
    return found


def profile_of(resume: Resume) -> Profile:
    """The profile that the product makes of a résumé."""
    facts = facts_of(resume.parsed)
    return Profile(
        candidate_id=UUID(int=int(resume.id)),
        version=1,
        display_name="",
        matchable=True,
        current_title=facts.current_title,
        preferred_roles=(),
        experience_years=facts.experience_years,
        experience_evidence=(),
        skills=shown_skills([(name, "", 0, 0) for name in facts.skills]),
        summary=prose_of(facts.summary, resume.parsed.jobs),
        resume_id=None,
    )


def read_postings(onet: Path) -> tuple[list[str], list[Reading]]:
    """(family of each posting, readings)."""
    names = {code: name for code, name, *_ in known_lines()}
    rows = (line.split("\t") for line in (onet / "occupations.tsv").read_text("utf-8").splitlines()[1:])
    descriptions = {code: description for code, _, description in rows}
    pairs = [(family, code) for family, codes in FAMILIES.items() for code in codes]
    raw = [RawPosting(UUID(int=i), names[code], "", "", descriptions[code], None) for i, (_, code) in enumerate(pairs)]
    return [family for family, _ in pairs], [read_posting(posting) for posting in raw]


def ndcg(scores: Floats, right: NDArray[np.bool_]) -> Floats:
    """nDCG@10 of each line; equal scores in the order of the postings."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    worth = 1 / np.log2(np.arange(2, 12))
    gained = (np.take_along_axis(right, order, axis=1) * worth).sum(axis=1)
    return np.asarray(gained / np.cumsum(worth)[np.minimum(right.sum(axis=1), 10) - 1])


def unseen_of(ids: Sequence[str]) -> NDArray[np.bool_]:
    """The third of the résumés that nothing was tuned on."""
    drawn = sorted(ids)
    random.Random(SEED).shuffle(drawn)
    seen = set(drawn[: len(drawn) * 2 // 3])
    return np.array([each not in seen for each in ids])


def run(root: Path = Path(".")) -> list[str]:
    """Measure where the data is there, and give the line."""
    data = root.resolve().parent / "shared" / "data"
    resumes_file, onet = data / "livecareer_text" / "resumes.jsonl", data / "onet_27"
    if not resumes_file.exists() or not (onet / "occupations.tsv").exists():
        return [
            f"Q5 ours=- baseline=- ratio=- target=nDCG@10 {TARGET} calibration=- skipped(no data beside the project)"
        ]
    resumes = read_resumes(resumes_file)
    families, postings = read_postings(onet)
    right = np.array([resume.family for resume in resumes])[:, None] == np.array(families)[None, :]
    profiles = [profile_of(resume) for resume in resumes]
    people = embed_texts([profile.text for profile in profiles], "profile")
    jobs = embed_texts([posting.text for posting in postings], "posting")
    scorer = ndcg(_scores(profiles, people, postings, jobs), right)
    likeness = ndcg(cosine_hundredths(people, jobs).astype(np.float64), right)
    texts = [posting.text for posting in postings]
    peer = ndcg(tfidf([resume.text for resume in resumes], texts).toarray(), right)
    return [line(scorer, likeness, peer, unseen_of([resume.id for resume in resumes]))]


def _scores(
    profiles: Sequence[Profile], people: NDArray[np.int16], postings: Sequence[Reading], jobs: NDArray[np.int16]
) -> Floats:
    sides = [
        PostingSide(tuple(posting.skill_keys), posting.min_years, posting.max_years, vector)
        for posting, vector in zip(postings, jobs, strict=True)
    ]
    candidates = [
        CandidateSide(frozenset(profile.skill_keys), profile.experience_years, vector)
        for profile, vector in zip(profiles, people, strict=True)
    ]
    return np.array([[score_pair(person, side).overall for side in sides] for person in candidates], dtype=np.float64)


def line(scorer: Floats, likeness: Floats, peer: Floats, unseen: NDArray[np.bool_]) -> str:
    """The line of one run."""
    return str(
        Figure(
            "Q5",
            f"nDCG@10 scorer {interval(scorer)} unseen {interval(scorer[unseen])} likeness {interval(likeness)} "
            f"unseen {interval(likeness[unseen])} n={len(scorer)}/{int(unseen.sum())} seed={SEED}",
            f"TF-IDF {interval(peer)}",
            f"{scorer.mean() / peer.mean():.2f}x",
            f"nDCG@10 {TARGET}",
            1.0,
            verdict(bool(scorer.mean() >= TARGET)),
        )
    )


def interval(values: Floats) -> str:
    """Mean with its 95 % bootstrap interval."""
    draws = np.random.default_rng(SEED).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    print("\n".join(run()))  # noqa: T201
