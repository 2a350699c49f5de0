"""Files of postings: the same rows whatever the pieces, resumed anywhere, bad ones said one by one."""

from __future__ import annotations

import csv
import io
import json

import pytest
from blacklight_matching.imports.files import CSV, JSON, JSON_LINES, FileFault, Source, detect_format, take_page
from blacklight_matching.imports.files.drafting import draft_fields
from blacklight_matching.imports.files.paging import ROWS_A_PAGE
from blacklight_matching.imports.files.raw_row import RawRow
from blacklight_matching.postings.importing.drafts import RowFault
from hypothesis import given
from hypothesis import strategies as some

TEXT = some.text(some.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
VALUES = some.recursive(TEXT | some.integers(-9, 9**20) | some.none(), lambda inner: some.lists(inner, max_size=2))
ROWS = some.lists(some.dictionaries(TEXT, VALUES | some.dictionaries(TEXT, TEXT, max_size=1), max_size=3), max_size=8)


def source(data: bytes, piece: int = 1 << 20, charset: str = "") -> Source:
    """A file in pieces of this size."""
    return Source(lambda offset: data[offset : (offset // piece + 1) * piece], charset, at_once=piece)


def all_rows(file: Source, file_format: str, start: int = 0) -> list[RawRow]:
    return take_page(file, file_format, start).rows


def values(rows):
    return [dict(row.values) for row in rows]


def same(rows):
    """As JSON gives numbers back: those that no 64 bits hold become floats."""
    return json.loads(json.dumps(rows), parse_int=lambda digits: int(digits) if len(digits) <= 18 else float(digits))


@given(ROWS, some.integers(1, 40), some.sampled_from([None, 1]), some.booleans())
def test_an_array_gives_the_same_rows_in_pieces_of_any_size(rows, piece, indent, marked):
    text = json.dumps(rows, indent=indent, ensure_ascii=marked)
    file = source((b"\xef\xbb\xbf" if marked else b"") + text.encode(), piece)
    assert detect_format(file) == JSON
    assert values(all_rows(file, JSON)) == same(rows)


@given(ROWS.filter(bool), some.integers(1, 40), some.sampled_from(["\n", "\r\n", "\n\n"]))
def test_lines_give_the_same_rows_in_pieces_of_any_size(rows, piece, end):
    file = source(end.join(json.dumps(row) for row in rows).encode(), piece)
    assert detect_format(file) == JSON_LINES
    assert values(all_rows(file, JSON_LINES)) == same(rows)


@given(
    some.lists(some.tuples(TEXT, TEXT).filter(lambda cells: any(cell.strip() for cell in cells)), max_size=8),
    some.integers(1, 40),
    some.sampled_from(",;\t|"),
    some.booleans(),
)
def test_csv_gives_the_same_rows_in_pieces_of_any_size(rows, piece, separator, marked):
    told = io.StringIO()
    writer = csv.writer(told, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("title", "description"), *rows])
    file = source((b"\xef\xbb\xbf" if marked else b"") + told.getvalue().encode(), piece)
    assert detect_format(file) == CSV
    assert [tuple(row.values.values()) for row in all_rows(file, CSV)] == rows


@pytest.mark.parametrize("form", [JSON, JSON_LINES, CSV])
def test_a_page_goes_on_where_the_one_before_ended(form):
    count = 2 * ROWS_A_PAGE + 7
    if form == CSV:
        data = "\r\n".join(["id,title", *(f'{n},"a\n{n}"' for n in range(count))]).encode()
    else:
        rows = [json.dumps({"id": str(n)}) for n in range(count)]
        data = ("[" + ", ".join(rows) + "]" if form == JSON else "\n".join(rows)).encode()
    file, start, seen, pages = source(data, 1000), 0, [], 0
    while True:
        page = take_page(file, form, start)
        seen += [row.values["id"] for row in page.rows]
        start, pages = page.end, pages + 1
        if page.is_last:
            break
    assert (seen, pages) == ([str(n) for n in range(count)], 3)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'[{"a":1},{bad},"x",{"a":2},]', ["", "NOT_JSON", "NOT_AN_OBJECT", ""]),
        (b"[[[[1]]],{}}}]", ["NOT_AN_OBJECT", "NOT_JSON"]),
        (b"[]", []),
        (b"[" + b"[" * 50_000 + b"]" * 50_000 + b"]", ["NOT_JSON"]),
    ],
)
def test_a_broken_element_is_a_row_like_any_other(data, told):
    assert [row.reason for row in all_rows(source(data, 7 if len(data) < 100 else 50_000), JSON)] == told


@pytest.mark.parametrize("piece", [3, 1000])
@pytest.mark.parametrize(
    ("form", "data", "whole"),
    [
        (JSON, b'[{"a":1},{"a":2},{"a":"cut of', 2),
        (JSON, b'[{"a":1},{"a":2', 1),
        (JSON, b'[{"a":1},{"a":2}', 2),
        (JSON, b'[{"a":1},{"a":2}, \n', 2),
        (JSON, b"[", 0),
        (JSON_LINES, b'{"a":1}\n{"a":2}\n{"a":"cut of', 2),
    ],
)
def test_a_file_that_was_cut_off_gives_the_rows_before_the_cut_and_says_so(form, data, whole, piece):
    file, start = source(data, piece), 0
    if whole:
        page = take_page(file, form, start)
        assert ([row.values["a"] for row in page.rows], page.is_last) == ([1, 2][:whole], False)
        start = page.end
    with pytest.raises(FileFault) as refused:
        take_page(file, form, start)
    assert refused.value.reason == "FILE_CUT_OFF"


@pytest.mark.parametrize(("form", "data"), [(JSON, b'[{"a":1},{"a":2}]\n\n'), (JSON_LINES, b'{"a":1}\n{"a":2}')])
def test_a_page_that_ends_with_the_file_is_followed_by_an_empty_one(form, data, monkeypatch):
    monkeypatch.setattr("blacklight_matching.imports.files.paging.ROWS_A_PAGE", 2)
    page = take_page(source(data, 5), form, 0)
    rest = take_page(source(data, 5), form, page.end)
    assert (len(page.rows), page.is_last, rest.rows, rest.is_last) == (2, False, [], True)


def test_a_text_without_an_end_ends_the_reading():
    with pytest.raises(FileFault) as refused:
        all_rows(source(b'[{"a":"' + b"x" * 3_000_000), JSON)
    assert refused.value.reason == "ROW_TOO_LONG"


def test_a_spreadsheets_own_separator_line_is_heeded():
    file = source(b"sep=;\r\nJob ID;Title\r\n7;a,b\r\n8;c;d\r\n")
    rows = all_rows(file, CSV)
    assert values(rows) == [{"Job ID": "7", "Title": "a,b"}, {}]
    assert rows[1].reason == "TOO_MANY_CELLS"


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\xff\xfea\x00", b"%PDF-1.7", b"a,b\n\x00\x00"])
def test_what_is_no_text_is_told_from_what_is(data):
    with pytest.raises(FileFault) as refused:
        detect_format(source(data))
    assert refused.value.reason == "FILE_NOT_TEXT"


def test_fields_are_found_under_any_of_their_names_and_read_as_what_they_are():
    fields = draft_fields(
        RawRow(
            {
                "Job Title": "Java Developer",
                "hiringOrganization": {"@type": "Organization", "name": "Acme"},
                "salary_min": "$85,000.50",
                "max salary": 120_000,
                "isRemote": "Yes",
                "description": "Build things.",
                "skills": ["Java", "SQL"],
                "salary": "$85,000 - $120,000 a year",
                "unknown": "ignored",
            }
        )
    )
    assert fields == {
        "title": "Java Developer",
        "company": "Acme",
        "salary_min": 85_000.5,
        "salary_max": 120_000.0,
        "remote": True,
        "description": "Build things.\n\nSkills: Java, SQL\n\nSalary: $85,000 - $120,000 a year",
    }


@pytest.mark.parametrize(
    ("row", "field"),
    [({"salary_min": "a lot"}, "salary_min"), ({"remote": "maybe"}, "remote"), ({"title": "\udcff"}, "title")],
)
def test_a_value_that_can_not_be_read_is_refused_with_its_field(row, field):
    with pytest.raises(RowFault) as refused:
        draft_fields(RawRow(row))
    assert refused.value.field == field


@pytest.mark.parametrize("end", ["", "\n", "\nthree,4\n"])
def test_a_row_of_csv_whose_quoted_cell_has_no_end_is_refused(end):
    whole, cut = all_rows(source(f'title,description\none,"said ""well"" 1"\ntwo,"cut {end}'.encode()), CSV)
    assert (whole.values, cut.reason) == ({"title": "one", "description": 'said "well" 1'}, "CUT_IN_QUOTES")
