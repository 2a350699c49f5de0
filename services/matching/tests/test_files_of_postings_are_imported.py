"""Files of postings: received in pieces, imported page by page exactly once, answered row by row."""

from __future__ import annotations

import csv
import io
import json
from uuid import UUID

import pytest
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.errors import Exhausted, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

ADMIN = Caller(CallerKind.PLATFORM_ADMIN, "admin")
WORKING = "services/matching/src/blacklight_matching/imports/working/service.py"


def a_row(number, **changed):
    return {
        "external_job_id": f"ext-{number}",
        "title": "Java Developer",
        "company": f"Company {number}",
        "location": "Dallas, TX",
        "description": f"Opening {number}: team {number} builds billing software in Java and SQL for carriers.",
        "job_url": f"https://board.example/{number}",
        **changed,
    }


def as_json(rows):
    return json.dumps(rows).encode()


def as_csv(rows, separator=","):
    told = io.StringIO()
    writer = csv.DictWriter(told, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + told.getvalue().encode()


def send(matching, data, *, platform="dice", update=False, charset="utf-8", piece=1000):
    made = matching.imports.create(ADMIN, platform=platform, file_name="f", charset=charset, update_existing=update)
    for start in range(0, len(data), piece):
        matching.imports.keep(ADMIN, made.import_id, start, data[start : start + piece])
    matching.imports.start(ADMIN, made.import_id, len(data))
    return made.import_id


def work(matching, import_id):
    while matching.pages.page(str(import_id)) == "RUNNING":
        pass
    return matching.imports.get(ADMIN, import_id)


def imported(matching, data, **asked):
    return work(matching, send(matching, data, **asked))


def rows_of(matching, import_id, **asked):
    found, _ = matching.imports.list_rows(ADMIN, import_id, page_size=0, page_token="", **{"outcome": "", **asked})
    return found


def count(matching, table):
    with matching.database.platform_transaction() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize(
    "form",
    [
        as_json,
        lambda rows: json.dumps(rows, indent=2).encode(),
        lambda rows: b"\n".join(json.dumps(row).encode() for row in rows),
        as_csv,
        lambda rows: as_csv(rows, ";"),
        lambda rows: as_csv(rows, "\t").decode("utf-8-sig").encode(),
    ],
    ids=["array", "pretty", "lines", "csv", "semicolons", "tabs"],
)
def test_a_file_of_any_form_is_imported_and_seen_by_every_tenant(matching, build, form):
    found = imported(matching, form([a_row(n) for n in range(1, 8)]))
    assert (found.run.state, found.counts.rows_new, found.counts.total) == ("COMPLETED", 7, 7)
    assert (found.run.done, found.run.total) == (found.received_bytes, found.received_bytes)
    listed, _ = matching.list_postings(build.user(), origin="FILE")
    assert {posting.platform_job_id for posting in listed} == {f"ext-{n}" for n in range(1, 8)}
    assert [row.row_number for row in rows_of(matching, found.import_id)] == list(range(1, 8))
    assert count(matching, "posting_import_pieces") == 0


def test_imported_postings_wait_to_be_read_like_any_other(matching, build):
    imported(matching, as_json([a_row(1)]))
    matching.work_off()
    (posting,), _ = matching.list_postings(build.user(), search="billing")
    assert posting.skills == ("Java", "SQL")


def test_a_bad_row_is_said_and_stops_no_other(matching):
    rows = [a_row(1), a_row(2, title=" "), "no object", a_row(3, salary_min="a lot"), a_row(4, job_url="nowhere")]
    found = imported(matching, as_json([*rows, a_row(5)])[:-1] + b", {broken}, " + as_json(a_row(6)) + b"]")
    assert (found.run.state, found.run.failed) == ("COMPLETED_WITH_ERRORS", 5)
    assert (found.counts.rows_new, found.counts.rows_rejected) == (3, 5)
    told = [(row.row_number, row.reason, row.field) for row in rows_of(matching, found.import_id, outcome="REJECTED")]
    assert told[:4] == [
        (2, "BLANK_FIELD", "title"),
        (3, "NOT_AN_OBJECT", ""),
        (4, "INVALID_FIELD", "salary_min"),
        told[3],
    ]
    assert (told[3][0], told[3][2], told[4]) == (5, "url", (7, "NOT_JSON", ""))


def test_rows_met_again_are_counted_as_what_they_are(matching):
    found = imported(matching, as_json([a_row(1), a_row(1), a_row(2)]))
    assert (found.counts.rows_new, found.counts.rows_duplicate) == (2, 1)
    again = imported(matching, as_json([a_row(1), a_row(2), a_row(3)]))
    assert (again.counts.rows_new, again.counts.rows_refreshed, again.counts.rows_updated) == (1, 2, 0)


def test_rows_without_ids_that_differ_in_their_texts_alone_are_openings_of_their_own(matching):
    text_of = "Our team builds billing software in {} for carriers and banks."
    alike = {"external_job_id": "", "company": "Acme"}
    rows = [a_row(1, **alike, description=text_of.format(skill)) for skill in ("Java", "COBOL", "Java")]
    found = imported(matching, as_json(rows))
    assert (found.counts.rows_new, found.counts.rows_duplicate) == (2, 1)


def test_changed_texts_are_taken_over_only_where_it_is_asked_for(matching, build):
    imported(matching, as_json([a_row(1), a_row(2)]))
    matching.work_off()
    changed = [a_row(1, description="We now look for somebody who writes COBOL and JCL for our mainframe."), a_row(2)]
    kept = imported(matching, as_json(changed))
    assert kept.counts.rows_updated == 0
    taken = imported(matching, as_json(changed), update=True)
    assert (taken.counts.rows_refreshed, taken.counts.rows_updated) == (2, 1)
    assert [row.outcome for row in rows_of(matching, taken.import_id)] == ["UPDATED", "REFRESHED"]
    matching.work_off()
    (posting,), _ = matching.list_postings(build.user(), search="mainframe")
    assert "COBOL" in posting.skills


@pytest.mark.parametrize("name", ["external_job_id", "externalJobId", "Job ID", "jobId", "id", "external id"])
def test_the_boards_id_is_known_under_each_of_its_names(matching, build, name):
    row = a_row(1)
    row[name] = row.pop("external_job_id")
    imported(matching, as_json([row]))
    ((posting,), _) = matching.list_postings(build.user())
    assert posting.platform_job_id == "ext-1"


def test_a_file_in_another_charset_is_read_when_it_says_so(matching, build):
    data = as_csv([a_row(1, company="Müller & Söhne")]).decode("utf-8-sig").encode("latin-1")
    unsaid = imported(matching, data)
    assert [row.reason for row in rows_of(matching, unsaid.import_id)] == ["INVALID_ENCODING"]
    imported(matching, data, charset="latin-1")
    ((posting,), _) = matching.list_postings(build.user())
    assert posting.company == "Müller & Söhne"


def test_an_upload_goes_on_where_it_was_cut_off(matching):
    data = as_json([a_row(n) for n in range(3)])
    made = matching.imports.create(ADMIN, platform="dice", file_name="", charset="utf-8", update_existing=False)
    matching.imports.keep(ADMIN, made.import_id, 0, data[:100])
    for offset in (0, 50, 101):
        with pytest.raises(FailedPrecondition) as refused:
            matching.imports.keep(ADMIN, made.import_id, offset, data)
        assert refused.value.metadata == {"received_bytes": "100"}
    with pytest.raises(FailedPrecondition) as early:
        matching.imports.start(ADMIN, made.import_id, len(data))
    assert early.value.reason == "UPLOAD_INCOMPLETE"
    kept = matching.imports.get(ADMIN, made.import_id)
    assert (kept.received_bytes, kept.run.state) == (100, "WAITING")
    matching.imports.keep(ADMIN, made.import_id, 100, data[100:])
    matching.imports.start(ADMIN, made.import_id, len(data))
    assert work(matching, made.import_id).counts.rows_new == 3
    with pytest.raises(FailedPrecondition) as late:
        matching.imports.keep(ADMIN, made.import_id, len(data), b"more")
    assert late.value.reason == "UPLOAD_ENDED"


@pytest.mark.parametrize("form", [as_json, lambda rows: b"\n".join(json.dumps(row).encode() for row in rows)])
def test_a_file_that_was_cut_off_fails_and_keeps_the_rows_before_the_cut(matching, form):
    found = imported(matching, form([a_row(1), a_row(2), a_row(3)])[:-60])
    assert (found.run.state, found.run.reason, found.counts.rows_new) == ("FAILED", "FILE_CUT_OFF", 2)
    assert "the rows before are imported" in found.run.error
    whole = imported(matching, form([a_row(1), a_row(2), a_row(3)]))
    assert (whole.run.state, whole.counts.rows_new, whole.counts.rows_refreshed) == ("COMPLETED", 1, 2)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "FILE_EMPTY"), (b" \n ", "FILE_EMPTY"), (b"PK\x03\x04rest", "FILE_NOT_TEXT")]
)
def test_what_is_no_file_of_rows_is_refused_before_it_starts_and_another_is_taken(matching, data, reason):
    with pytest.raises(Invalid) as refused:
        send(matching, data)
    assert refused.value.reason == reason
    assert "send another file from byte 0" in str(refused.value)
    (import_id,) = [
        each.import_id for each in matching.imports.list_imports(ADMIN, platform="", page_size=0, page_token="")[0]
    ]
    assert (matching.imports.get(ADMIN, import_id).received_bytes, count(matching, "posting_import_pieces")) == (0, 0)
    right = as_json([a_row(1)])
    matching.imports.keep(ADMIN, import_id, 0, right)
    matching.imports.start(ADMIN, import_id, len(right))
    assert work(matching, import_id).counts.rows_new == 1


def test_a_file_that_is_too_large_and_one_upload_too_many_are_refused(matching, clock, monkeypatch):
    monkeypatch.setattr("blacklight_matching.imports.service.MOST_BYTES", 10)
    monkeypatch.setattr("blacklight_matching.imports.service.MOST_UPLOADS", 2)
    asked = {"platform": "dice", "file_name": "", "charset": "utf-8", "update_existing": False}
    first = matching.imports.create(ADMIN, **asked)
    matching.imports.keep(ADMIN, first.import_id, 0, b"x" * 10)
    with pytest.raises(Exhausted) as large:
        matching.imports.keep(ADMIN, first.import_id, 10, b"x")
    assert large.value.reason == "FILE_TOO_LARGE"
    matching.imports.create(ADMIN, **asked)
    with pytest.raises(Exhausted) as many:
        matching.imports.create(ADMIN, **asked)
    assert many.value.reason == "TOO_MANY_UPLOADS"
    clock.move(days=3)
    matching.imports.create(ADMIN, **asked)
    assert matching.imports.get(ADMIN, first.import_id).run.state == "CANCELLED"
    assert count(matching, "posting_import_pieces") == 0


def test_more_rows_than_a_file_may_hold_end_its_run_with_what_is_imported(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.imports.working.service.MOST_ROWS", 4)
    monkeypatch.setattr("blacklight_matching.imports.files.paging.ROWS_A_PAGE", 3)
    found = imported(matching, as_json([a_row(n) for n in range(8)]))
    assert (found.run.state, found.run.reason, found.counts.rows_new) == ("FAILED", "TOO_MANY_ROWS", 3)


def test_a_pause_and_a_cancellation_are_felt_before_the_next_page(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.imports.files.paging.ROWS_A_PAGE", 2)
    import_id = send(matching, as_json([a_row(n) for n in range(10)]))
    assert matching.pages.page(str(import_id)) == "RUNNING"
    matching.runs.pause(ADMIN, import_id)
    assert [matching.pages.page(str(import_id)) for _ in range(2)] == ["PAUSED", "PAUSED"]
    assert matching.imports.get(ADMIN, import_id).counts.total == 2
    matching.runs.resume(ADMIN, import_id)
    assert matching.pages.page(str(import_id)) == "RUNNING"
    matching.runs.cancel(ADMIN, import_id)
    assert matching.pages.page(str(import_id)) == "ENDED"
    found = matching.imports.get(ADMIN, import_id)
    assert (found.run.state, found.counts.total, found.run.end_time is not None) == ("CANCELLED", 4, True)
    with pytest.raises(FailedPrecondition):
        matching.runs.resume(ADMIN, import_id)


class Crash(RuntimeError):
    """The process dies here."""


@guards("P-37", file=WORKING, old="uuid5(file.import_id, str(first))", new="__import__('uuid').uuid4()")
@pytest.mark.parametrize("where", ["advance", "finish"])
def test_p37_a_crash_at_any_place_takes_each_row_exactly_once(matching, monkeypatch, where):
    """The answer of a page is that of its first attempt, so no new row turns into a refreshed one."""
    monkeypatch.setattr("blacklight_matching.imports.files.paging.ROWS_A_PAGE", 3)
    import_id = send(matching, as_json([a_row(n) for n in range(10)]))
    whole, crashes = getattr(matching.runs, where), []

    def crash(*args, **kwargs):
        if len(crashes) < 2:
            crashes.append(where)
            raise Crash
        crashes.clear()
        return whole(*args, **kwargs)

    monkeypatch.setattr(matching.runs, where, crash)
    while True:
        try:
            if matching.pages.page(str(import_id)) == "ENDED":
                break
        except Crash:
            continue
    found = matching.imports.get(ADMIN, import_id)
    assert (found.run.state, found.counts.rows_new, found.counts.total) == ("COMPLETED", 10, 10)
    assert [row.outcome for row in rows_of(matching, import_id)] == ["NEW"] * 10
    assert count(matching, "postings") == 10


@guards(
    "P-119",
    file="services/matching/src/blacklight_matching/runs/service.py",
    old="Run.position == dict(run.position), ",
    new="",
)
def test_p119_a_page_that_two_do_at_once_is_counted_once(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.imports.files.paging.ROWS_A_PAGE", 3)
    import_id = send(matching, as_json([a_row(n) for n in range(7)]))
    stale = matching.runs.find(import_id)
    assert matching.pages.page(str(import_id)) == "RUNNING"
    monkeypatch.setattr(matching.runs, "find", lambda _: stale)
    matching.pages.page(str(import_id))
    monkeypatch.undo()
    assert work(matching, import_id).run.done == matching.imports.get(ADMIN, import_id).received_bytes
    assert matching.imports.get(ADMIN, import_id).counts.total == 7


def test_rows_are_listed_by_outcome_and_in_pages(matching):
    found = imported(matching, as_json([a_row(n, title="" if n % 3 else "Java Developer") for n in range(12)]))
    seen, token = [], ""
    while True:
        page, token = matching.imports.list_rows(
            ADMIN, found.import_id, outcome="REJECTED", page_size=3, page_token=token
        )
        seen += [row.row_number for row in page]
        if not token:
            break
    assert seen == [n + 1 for n in range(12) if n % 3]


def test_an_unknown_import_is_not_found(matching):
    for ask in (
        lambda: matching.imports.get(ADMIN, new_id()),
        lambda: matching.imports.keep(ADMIN, new_id(), 0, b"x"),
        lambda: matching.imports.list_rows(ADMIN, new_id(), outcome="", page_size=0, page_token=""),
    ):
        with pytest.raises(NotFound):
            ask()
    assert matching.pages.page(str(UUID(int=5))) == "ENDED"
