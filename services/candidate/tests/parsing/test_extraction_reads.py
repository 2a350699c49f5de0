"""What extraction gives of documents that can be read: order, tables, text boxes, columns."""

from __future__ import annotations

import io

import docx
from blacklight_candidate.resumes.extraction import extract
from blacklight_candidate.resumes.extraction.fragments import Fragment
from blacklight_candidate.resumes.extraction.reading_order import reading_order
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls


def fragment(text: str, x: float, y: float, height: float = 10, bold: bool = False) -> Fragment:
    return Fragment(text, x, x + 5 * len(text), y, height, bold)


def texts(fragments: list[Fragment]) -> list[str]:
    return [row.text for row in reading_order(fragments)]


def docx_bytes(document: docx.document.Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_reads_a_docx_in_document_order_with_header_table_and_text_box() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Ana Ruiz"
    document.add_paragraph("TECHNICAL SKILLS")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Languages", "Java, Python"
    box = f"<w:txbxContent {nsdecls('w')}><w:p><w:r><w:t>ana@example.com</w:t></w:r></w:p></w:txbxContent>"
    document.add_paragraph("beside").add_run()._element.append(parse_xml(box))
    document.add_paragraph("EDUCATION", style="Heading 1")
    extracted = extract(docx_bytes(document))
    lines = [line for line in extracted.text.split("\n") if line]
    assert lines == [
        "Ana Ruiz",
        "TECHNICAL SKILLS",
        "Languages\tJava, Python",
        "ana@example.com",
        "beside",
        "EDUCATION",
    ]
    assert extracted.lines[-1].heading == 1


def test_every_layout_line_points_into_the_text() -> None:
    document = docx.Document()
    document.add_paragraph("One\ttwo")
    document.add_paragraph("Three")
    extracted = extract(docx_bytes(document))
    assert [extracted.text[line.start : line.end] for line in extracted.lines] == ["One\ttwo", "Three"]


def test_reads_two_columns_one_after_the_other() -> None:
    left = [fragment(f"left line {n}", 40, 100 + 12 * n) for n in range(12)]
    right = [fragment(f"right line of text {n}", 300, 105 + 13 * n) for n in range(12)]
    assert texts(left + right) == [f.text for f in left + right]


def test_reads_a_label_before_its_part_of_the_body() -> None:
    body = [fragment(f"body line number {n} of the page", 200, 100 + 12 * n) for n in range(10)]
    labels = [fragment("Work", 40, 100), fragment("Education", 40, 172)]
    expected = ["Work", *(f.text for f in body[:6]), "Education", *(f.text for f in body[6:])]
    assert texts(body + labels) == expected


def test_keeps_a_date_at_the_right_on_its_line() -> None:
    fragments = []
    for n in range(3):
        y = 100 + 60 * n
        fragments += [fragment(f"Engineer {n}", 40, y), fragment(f"Jan 201{n} - May 201{n}", 450, y)]
        fragments += [fragment(f"a long line about job {n}, part {k}", 40, y + 12 * k) for k in (1, 2, 3)]
    assert texts(fragments)[0] == "Engineer 0\tJan 2010 - May 2010"


def test_reads_a_table_of_labels_row_by_row() -> None:
    rows = [("Languages:", "Java, C#"), ("Databases:", "Oracle"), ("Tools:", "Git, Maven")]
    fragments = [
        f for n, (a, b) in enumerate(rows) for f in (fragment(a, 40, 100 + 14 * n), fragment(b, 200, 100 + 14 * n))
    ]
    assert texts(fragments) == [f"{a}\t{b}" for a, b in rows]
