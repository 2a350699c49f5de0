"""Activities as people add and read them; all others are written by the verbs that they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from sqlalchemy import select, tuple_

from blacklight_matching.submissions.changes import Change
from blacklight_matching.submissions.encoding import encode_activity
from blacklight_matching.submissions.models import ActivityRow
from blacklight_matching.submissions.records.service import Submissions


class Activities:
    """The timeline of a submission."""

    def __init__(self, database: Database, submissions: Submissions) -> None:
        self._database = database
        self._submissions = submissions

    def add(
        self, caller: Caller, request: api.AddSubmissionActivityRequest, *, kind: str, content: str
    ) -> pb.SubmissionActivity:
        """Adds an activity of a kind that people write. Raises NotFound, Conflict (REQUEST_ID_REUSED)."""
        with self._database.transaction(caller.tenant) as session:

            def make() -> pb.SubmissionActivity:
                row = self._submissions.locked(session, caller, UUID(request.submission_id))
                activity = self._submissions.note(session, caller, row, Change(kind, content))
                self._submissions.touch(row)
                return encode_activity(activity)

            return once(
                session,
                caller,
                request_id=request.request_id,
                method="AddSubmissionActivity",
                request=request,
                answer=pb.SubmissionActivity,
                make=make,
            )

    def list_of(
        self, caller: Caller, submission_id: UUID, *, page_size: int, page_token: str, kinds: Sequence[str]
    ) -> tuple[list[pb.SubmissionActivity], str]:
        """What happened, newest first, and the token of the next page. Raises NotFound."""
        query = {"rpc": "ListSubmissionActivities", "of": submission_id, "kinds": sorted(kinds)}
        page = PageRequest.of(page_size, page_token, query)
        order = (ActivityRow.create_time, ActivityRow.activity_id)
        statement = select(ActivityRow).where(ActivityRow.submission_id == submission_id)
        if kinds:
            statement = statement.where(ActivityRow.type.in_(kinds))
        if page.after is not None:
            statement = statement.where(tuple_(*order) < tuple_(*page.after))
        statement = statement.order_by(*(column.desc() for column in order)).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            self._submissions.visible(session, caller, submission_id)
            rows, token = page.cut(session.scalars(statement).all(), key=lambda row: (row.create_time, row.activity_id))
            return [encode_activity(row) for row in rows], token
