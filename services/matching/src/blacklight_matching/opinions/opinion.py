"""An opinion, and the form in which a language model must give one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Lines = Annotated[list[Line], Field(max_length=8)]


class Opinion(BaseModel):
    """What an engine makes of a match. Nothing else is accepted, and no field may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    score: Annotated[int, Field(ge=0, le=100)]
    strengths: Lines
    gaps: Lines
    recommendations: Lines
    experience_analysis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_500)]
    culture_indicators: Lines


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """An opinion as it leaves the service.

    Attributes:
        cached: whether it was formed before.
    """

    match_id: UUID
    opinion: Opinion
    engine: str
    create_time: datetime
    expire_time: datetime
    cached: bool
