"""Asks a language model for an opinion and checks what it answers; the local engine stands in. Pure but for the model.

Two attempts at most, within one time limit. An answer must have the form of `Opinion`, and its number must be within
reach of the local engine's: a text that talks the model into 100 points is not believed (pain P-19).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from pydantic import ValidationError

from blacklight_matching.language_model import LanguageModel, ModelFailed
from blacklight_matching.opinions.local import ENGINE, local_opinion
from blacklight_matching.opinions.material import Material
from blacklight_matching.opinions.opinion import Opinion

ATTEMPTS = 2
FARTHEST_APART = 35
"""Points of 100 by which the model may differ from the local engine."""

INSTRUCTIONS = """You give a recruiter an opinion on how well a candidate fits a job posting.
Judge skills, experience and duties only; never name, sex, age, origin, family or health.
Answer with a JSON object of exactly these fields:
"score": whole number from 0 to 100;
"strengths", "gaps", "recommendations", "culture_indicators": lists of at most 8 short sentences;
"experience_analysis": one paragraph, at most 1,500 characters."""


@dataclass(frozen=True, slots=True)
class Formed:
    """An opinion and the engine it is of.

    Attributes:
        is_substitute: the model was to be asked, and the local engine stands in for it.
    """

    opinion: Opinion
    engine: str
    is_substitute: bool = False


def formed_locally(material: Material, instead_because: str = "") -> Formed:
    """The local engine's opinion; where it stands in for the model, why."""
    engine = f"{ENGINE} ({instead_because})" if instead_because else ENGINE
    return Formed(local_opinion(material), engine, bool(instead_because))


def formed_by(model: LanguageModel, material: Material, seconds: float) -> Formed:
    """The model's opinion, or the local engine's when it gives none that can be used within so many seconds."""
    end, reason = time.monotonic() + seconds, "the language model did not answer in time"
    own = local_opinion(material)
    for _ in range(ATTEMPTS):
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            opinion = checked(model.ask(INSTRUCTIONS, material.told(), left), own)
        except ModelFailed as failure:
            reason = str(failure)
            if not failure.may_pass:
                break
        else:
            return Formed(opinion, f"model:{model.name}")
    return formed_locally(material, reason)


def checked(answer: object, own: Opinion) -> Opinion:
    """The answer as an opinion. Raises ModelFailed."""
    try:
        opinion = Opinion.model_validate(answer)
    except ValidationError as error:
        raise ModelFailed("the language model's answer does not have the form asked for") from error
    if abs(opinion.score - own.score) > FARTHEST_APART:
        raise ModelFailed("the language model's answer does not fit the facts")
    return opinion
