"""Works through a file: each page goes the way of the fleet's batches, and is counted with its rows' answers.

A page that is repeated after a crash is the same batch: the same id gets the same answer, so each row is taken once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

from blacklight.matching.v1 import posting_pb2
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition
from blacklight_servicekit.validation import violations
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from blacklight_matching.imports.files import FileFault, FilePage, take_page
from blacklight_matching.imports.files.drafting import draft_fields
from blacklight_matching.imports.files.raw_row import RawRow
from blacklight_matching.imports.models import PostingImportFile, PostingImportRow
from blacklight_matching.imports.service import PostingImports
from blacklight_matching.imports.view import ImportView
from blacklight_matching.postings.encoding import decode_draft
from blacklight_matching.postings.importing.drafts import Draft, RowFault, RowResult
from blacklight_matching.postings.importing.service import ImportOrder, PostingImport
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import COMPLETED, COMPLETED_WITH_ERRORS, RunView

MOST_ROWS = 500_000
_CALLER = Caller.service("matching", None)


class PostingImportWork:
    """The work of runs of the kind POSTING_IMPORT."""

    def __init__(
        self,
        database: Database,
        runs: Runs,
        imports: PostingImports,
        importing: PostingImport,
    ) -> None:
        self._database = database
        self._runs = runs
        self._imports = imports
        self._importing = importing

    def work_page(self, run: RunView) -> None:
        """Imports the next page; after the last one the run is complete and the file is dropped.

        Raises FailedPrecondition for a file that can't be read on: its rows so far stay imported.
        """
        file = self._imports.get(_CALLER, run.run_id)
        page = self._take(file, run)
        row_count = int(run.position.get("row", 0))
        if row_count + len(page.rows) > MOST_ROWS:
            raise FailedPrecondition(
                f"the file holds more than {MOST_ROWS} rows; the rest was not read", reason="TOO_MANY_ROWS"
            )
        drafts = [_draft(row) for row in page.rows]
        results = self._import(file, row_count, drafts)
        with self._database.platform_transaction() as session:
            self._runs.advance(
                session,
                run,
                {"byte": page.end, "row": row_count + len(drafts)},
                done=(file.received_bytes if page.is_last else page.end) - run.done,
                failed=sum(result.outcome == "REJECTED" for result in results),
            )
            self._count(session, file, row_count, results)
            if page.is_last:
                flawed = file.counts.rows_rejected or any(result.outcome == "REJECTED" for result in results)
                self._runs.finish(session, run.run_id, COMPLETED_WITH_ERRORS if flawed else COMPLETED)
                self._imports.forget_file(session, run.run_id)

    def _take(self, file: ImportView, run: RunView) -> FilePage:
        with self._database.platform_transaction() as session:
            source = self._imports.source(session, file.import_id, file.charset)
            try:
                return take_page(source, file.file_format, int(run.position.get("byte", 0)))
            except FileFault as fault:
                raise FailedPrecondition(str(fault), reason=fault.reason) from fault

    def _import(self, file: ImportView, first: int, drafts: Sequence[Draft | RowResult]) -> list[RowResult]:
        if not drafts:
            return []
        batch_id = uuid5(file.import_id, str(first))
        return self._importing.import_batch(
            _CALLER,
            ImportOrder(
                batch_id,
                file.platform,
                role_id=None,
                session_id=None,
                drafts=drafts,
                origin="FILE",
                scraped_time=file.run.create_time,
                takes_changes=file.update_existing,
            ),
        )

    def _count(
        self,
        session: Session,
        file: ImportView,
        first: int,
        results: Sequence[RowResult],
    ) -> None:
        if not results:
            return
        session.execute(
            insert(PostingImportRow),
            [_stored(file.import_id, first + n, result) for n, result in enumerate(results, 1)],
        )
        counted = Counter(f"rows_{result.outcome.lower()}" for result in results)
        counted["rows_refreshed"] += counted["rows_updated"]
        session.execute(
            update(PostingImportFile)
            .where(PostingImportFile.import_id == file.import_id)
            .values({name: getattr(PostingImportFile, name) + more for name, more in counted.items()})
        )


def _draft(row: RawRow) -> Draft | RowResult:
    """The row as a draft that keeps the contract's rules, or why it is none."""
    try:
        draft = posting_pb2.PostingDraft(**draft_fields(row))
    except RowFault as fault:
        return RowResult("REJECTED", "", fault.reason, fault.field, str(fault))
    for found in violations(draft):
        return RowResult("REJECTED", "", found.reason, found.field, f"{found.field}: {found.description}")
    return decode_draft(draft)


def _stored(import_id: UUID, number: int, result: RowResult) -> dict[str, object]:
    return {
        "import_id": import_id,
        "row_number": number,
        "outcome": result.outcome,
        "posting_id": UUID(result.posting_id) if result.posting_id else None,
        "reason": result.reason,
        "field": result.field,
        "message": result.message[:500],
    }
