"""A pasted job scored by the one scorer, against one candidate or the bench (issue 4). Nothing is stored."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Invalid, Unavailable
from sqlalchemy.orm import Session

from blacklight_matching.matches.evidence import Grounds, explained
from blacklight_matching.matches.keeping.reckoning import ranked
from blacklight_matching.matches.pasted.job import PastedJob, read_job
from blacklight_matching.matches.view import TextScore, TextScores
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.scoring import score_pair


class PastedJobs:
    """Reads a job and scores it."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._database = database
        self._profiles = profiles

    def score_text(
        self, caller: Caller, *, text: str, title: str, location: str, candidate_id: UUID | None, top: int
    ) -> TextScores:
        """What the job asks for, and the candidate's score; without a candidate the best `top` of the bench.

        Raises Invalid (NO_TEXT), NotFound (CANDIDATE_NOT_FOUND), Unavailable (CANDIDATE_NOT_KNOWN_YET,
        CANDIDATE_NOT_READY).
        """
        if not text.strip():
            raise Invalid("the text is empty", reason="NO_TEXT", field="text")
        job = read_job(text, title, location)  # before the transaction: a long text takes a while
        with self._database.transaction(caller.tenant) as session:
            if candidate_id is None:
                scores = self._best(session, caller.tenant, job, top)
            else:
                scores = [self._score(session, caller.tenant, job, candidate_id, with_raises=True)]
        return TextScores(job.title, job.skills, job.side.min_years, job.side.max_years, scores)

    def _best(self, session: Session, tenant_id: UUID, job: PastedJob, top: int) -> list[TextScore]:
        """The best matches among those who take part; who is excluded is no match."""
        best = ranked(self._profiles.bench(session, tenant_id), job.side, top)
        return [self._score(session, tenant_id, job, candidate_id, with_raises=False) for candidate_id in best]

    def _score(
        self, session: Session, tenant_id: UUID, job: PastedJob, candidate_id: UUID, *, with_raises: bool
    ) -> TextScore:
        profile = self._profiles.find(session, tenant_id, candidate_id)
        if profile is None:
            raise self._profiles.unknown(session, tenant_id, candidate_id)
        people = self._profiles.block(session, tenant_id, [candidate_id], all_states=True)
        if not people.ids:
            raise Unavailable("the candidate is being read; try again shortly", reason="CANDIDATE_NOT_READY")
        side = people.sides[0]
        grounds = Grounds(profile, side, job.grounds, job.side)
        explanation = explained(score_pair(side, job.side), grounds, with_raises=with_raises)
        return TextScore(candidate_id, profile.display_name, explanation)
