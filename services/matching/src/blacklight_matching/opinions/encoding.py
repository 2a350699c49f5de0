"""Opinions as the contract has them."""

from __future__ import annotations

from blacklight.matching.v1 import match_pb2

from blacklight_matching.opinions.opinion import GivenOpinion
from blacklight_matching.wire import timestamp


def encode_opinion(given: GivenOpinion) -> match_pb2.MatchOpinion:
    """An opinion."""
    opinion = given.opinion
    return match_pb2.MatchOpinion(
        match_id=str(given.match_id),
        score=opinion.score,
        strengths=opinion.strengths,
        gaps=opinion.gaps,
        recommendations=opinion.recommendations,
        experience_analysis=opinion.experience_analysis,
        culture_indicators=opinion.culture_indicators,
        engine=given.engine,
        create_time=timestamp(given.create_time),
        expire_time=timestamp(given.expire_time),
        cached=given.cached,
    )
