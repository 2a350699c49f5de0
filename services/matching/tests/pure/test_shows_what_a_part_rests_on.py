"""Evidence on the wire: what is shown for years and likeness counted, and is never marked as missing."""

from __future__ import annotations

from blacklight_matching.matches.encoding import encode_part
from blacklight_matching.scoring import CandidateEvidence, PostingEvidence, Sentence, combine, explain

CANDIDATE = CandidateEvidence(
    experience=[Sentence(0, 0, "2019-2022 Developer"), Sentence(40, 54, "2022-2026 Lead")],
    profile=[Sentence(0, 9, "Developer.")],
    years=7,
)
POSTING = PostingEvidence(
    required=[("java", "Java")],
    experience=[Sentence(0, 9, "5+ years.")],
    profile=[Sentence(0, 9, "We build."), Sentence(10, 19, "We ship.")],
    min_years=5,
)


def test_every_job_that_counts_and_every_sentence_that_was_compared_is_marked_as_matched() -> None:
    told = explain(combine(0, 10_000, 5_000, required=1, matched=b"\x00"), CANDIDATE, POSTING)
    skills, experience, semantic = (encode_part(part, told) for part in told.parts)
    assert [evidence.matched for evidence in skills.evidence] == [False]
    assert [(e.resume_sentence, e.matched, e.HasField("resume_start"), e.resume_end) for e in experience.evidence] == [
        ("2019-2022 Developer", True, False, 0),
        ("2022-2026 Lead", True, True, 54),
    ]
    assert [(e.posting_sentence, e.matched) for e in semantic.evidence] == [("We build.", True), ("We ship.", True)]


def test_an_unknown_part_shows_no_evidence() -> None:
    told = explain(combine(0, None, None, required=1, matched=b"\x00"), CANDIDATE, POSTING)
    assert [len(encode_part(part, told).evidence) for part in told.parts] == [1, 0, 0]
