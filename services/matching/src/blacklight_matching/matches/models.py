"""Table of matches."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base


class CandidateMatch(Base):
    """A scored pair. Scores are hundredths; the score's columns change with scoring, the state's with people."""

    __tablename__ = "candidate_matches"
    __table_args__ = (
        Index("uq_candidate_matches_pair", "tenant_id", "candidate_id", "posting_id", unique=True),
        Index(
            "ix_candidate_matches_candidate_best",
            "tenant_id",
            "candidate_id",
            text("score DESC"),
            "match_id",
        ),
        Index("ix_candidate_matches_posting_best", "tenant_id", "posting_id", text("score DESC"), "match_id"),
        {"info": {"kind": Kind.TENANT}},
    )

    match_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    candidate_id: Mapped[UUID]
    posting_id: Mapped[UUID]
    score: Mapped[int] = mapped_column(SmallInteger)
    skills_score: Mapped[int | None] = mapped_column(SmallInteger)
    experience_score: Mapped[int | None] = mapped_column(SmallInteger)
    semantic_score: Mapped[int | None] = mapped_column(SmallInteger)
    confidence: Mapped[int] = mapped_column(SmallInteger)
    matched: Mapped[bytes]
    scorer_version: Mapped[str]
    profile_hash: Mapped[bytes]
    posting_hash: Mapped[bytes]
    state: Mapped[str] = mapped_column(server_default=text("'SUGGESTED'"))
    state_version: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rejection_reason: Mapped[str] = mapped_column(server_default=text("''"))
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]
    view_time: Mapped[datetime | None]
    shortlist_time: Mapped[datetime | None]
    reject_time: Mapped[datetime | None]
    apply_time: Mapped[datetime | None]
    notes: Mapped[str] = mapped_column(server_default=text("''"))
    # False of one that people have judged and that is no match any more; it takes no place among the best.
    holds: Mapped[bool] = mapped_column(server_default=text("true"))
    # Of the sequence `match_writes`: when the score was last written, in the order of the tenant's writes.
    write_number: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class MatchList(Base):
    """How many matches of a candidate hold, and from which score on better ones were left out; null while none was.

    Written with the matches themselves, under the tenant's lock.
    """

    __tablename__ = "match_lists"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    holding: Mapped[int] = mapped_column(Integer)
    floor_score: Mapped[int | None] = mapped_column(SmallInteger)


class MatchTurn(Base):
    """Which postings were matched or went, for a while; a full matching that began before looks at them again.

    Written under the tenant's lock; one without postings is where a full matching began.
    """

    __tablename__ = "match_turns"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of the sequence `match_writes`.
    write_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    # 16 bytes each.
    posting_ids: Mapped[bytes]
    turn_time: Mapped[datetime]
