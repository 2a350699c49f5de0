"""Takes over what has changed in the texts of known shared postings, and has them read again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.clock import Clock
from sqlalchemy import or_, text, update
from sqlalchemy.orm import Session

from blacklight_matching.postings.editing.changes import as_columns
from blacklight_matching.postings.importing.drafts import Draft, check_batch
from blacklight_matching.postings.models import Posting
from blacklight_matching.postings.own import sql


class PostingRefresh:
    """Part of an import, in its transaction, as the platform."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def refresh(self, session: Session, platform: str, drafts: Sequence[tuple[UUID, Draft]]) -> set[UUID]:
        """Of these postings, known by the same board and id, writes what differs; says which ones changed.

        A posting that was taken for another board's keeps the text of the board that it is from.
        """
        changed = set()
        for posting_id, draft in drafts:
            for row in check_batch(platform, [draft], self._clock()).rows:
                columns = as_columns(row)
                written = session.execute(
                    update(Posting)
                    .where(
                        Posting.posting_id == posting_id,
                        Posting.tenant_id.is_(None),
                        Posting.platform == platform,
                        Posting.platform_job_id == row.platform_job_id,
                        or_(*(getattr(Posting, name).is_distinct_from(value) for name, value in columns.items())),
                    )
                    .values(**columns)
                    .returning(Posting.posting_id)
                ).one_or_none()
                if written is not None:
                    changed.add(posting_id)
        if changed:
            session.execute(text(sql.QUEUE), {"posting_ids": sorted(map(str, changed))})
            outbox.add(session, "postings.waiting", {}, tenant_id=None)
        return changed
