# mypy: disable-error-code="import-untyped,no-any-unimported"
"""Six DOCX layouts of a résumé, written with python-docx; the counterparts of those in `pdf_layouts`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Inches, Pt, RGBColor
from resume_source import Job, Resume

ACCENT = RGBColor(0x1F, 0x4E, 0x79)
EPOCH = (1980, 1, 1, 0, 0, 0)


def new_document(font: str, size: float, margin: float) -> Any:
    """An empty document with the given body font (points) and margins (inches)."""
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = font, Pt(size)
    normal.paragraph_format.space_after = Pt(2)
    for section in document.sections:
        section.left_margin = section.right_margin = Inches(margin)
        section.top_margin = section.bottom_margin = Inches(margin)
    return document


def line(place: Any, words: str, *, size: float = 0, bold: bool = False, color: RGBColor | None = None) -> Any:
    """Add a paragraph to a document or a cell."""
    paragraph = place.add_paragraph()
    run = paragraph.add_run(words)
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if color is not None:
        run.font.color.rgb = color
    return paragraph


def skill_lines(place: Any, resume: Resume) -> None:
    for row in resume.skills:
        paragraph = line(place, f"{row.group}: ", bold=True)
        paragraph.add_run(", ".join(row.items))


def bullets(place: Any, job: Job) -> None:
    for words in job.bullets:
        place.add_paragraph(words, style="List Bullet")


def education_lines(place: Any, resume: Resume) -> None:
    for row in resume.education:
        line(place, f"{row.degree}, {row.school}, {row.year}")
    for name in resume.certifications:
        line(place, name)


def save(document: Any, resume: Resume, path: Path) -> None:
    """Write the document with fixed times in the archive: the same source gives the same bytes."""
    document.core_properties.author = resume.name
    document.core_properties.title = f"{resume.name} - {resume.title}"
    document.core_properties.comments = ""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, made.read(name))


def classic(resume: Resume, path: Path) -> None:
    """Centred name, Word headings, dates after a right tab."""
    document = new_document("Georgia", 10.5, 0.9)
    for words, size in ((resume.name, 20), (resume.title, 12), (resume.contact, 9.5)):
        line(document, words, size=size, bold=size == 20).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_heading("Summary", 1)
    for words in resume.summary:
        line(document, words)
    document.add_heading("Core Competencies", 1)
    skill_lines(document, resume)
    document.add_heading("Professional Experience", 1)
    for job in resume.jobs:
        head = line(document, f"{job.title}\t{job.dates}", bold=True)
        head.paragraph_format.tab_stops.add_tab_stop(Inches(6.7), WD_TAB_ALIGNMENT.RIGHT)
        line(document, f"{job.employer}, {job.location}")
        bullets(document, job)
    document.add_heading("Education and Certifications", 1)
    education_lines(document, resume)
    save(document, resume, path)


def consultant(resume: Resume, path: Path) -> None:
    """ "Client:", "Role:", "Responsibilities:", "Environment:" blocks in plain paragraphs."""
    document = new_document("Calibri", 11, 1.0)
    line(document, resume.name, size=16, bold=True)
    line(document, resume.title, bold=True)
    line(document, f"Email: {resume.email}")
    line(document, f"Phone: {resume.phone}")
    line(document, resume.location)
    line(document, "PROFESSIONAL SUMMARY:", bold=True)
    for words in resume.summary:
        document.add_paragraph(words, style="List Bullet")
    line(document, "TECHNICAL SKILLS:", bold=True)
    skill_lines(document, resume)
    line(document, "PROFESSIONAL EXPERIENCE:", bold=True)
    for job in resume.jobs:
        line(document, f"Client: {job.client or job.employer}, {job.location}", bold=True)
        line(document, f"Duration: {job.dates}")
        line(document, f"Role: {job.title}", bold=True)
        line(document, "Responsibilities:")
        bullets(document, job)
        if job.environment:
            line(document, "Environment: ", bold=True).add_run(job.environment).bold = False
    line(document, "EDUCATION:", bold=True)
    education_lines(document, resume)
    save(document, resume, path)


def boxed(resume: Resume, path: Path) -> None:
    """Skills in a ruled table, each employment headed by a one-row table."""
    document = new_document("Arial", 10, 0.9)
    line(document, resume.name, size=19, bold=True, color=ACCENT)
    line(document, f"{resume.title} | {resume.contact}", size=9.5)
    line(document, "PROFESSIONAL SUMMARY", size=11, bold=True, color=ACCENT)
    for words in resume.summary:
        line(document, words)
    line(document, "TECHNICAL SKILLS", size=11, bold=True, color=ACCENT)
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for row in resume.skills:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = row.group, ", ".join(row.items)
    line(document, "WORK EXPERIENCE", size=11, bold=True, color=ACCENT)
    for job in resume.jobs:
        cells = document.add_table(rows=1, cols=2, style="Table Grid").rows[0].cells
        cells[0].text, cells[1].text = f"{job.title}, {job.employer}, {job.location}", job.dates
        bullets(document, job)
    line(document, "EDUCATION", size=11, bold=True, color=ACCENT)
    education_lines(document, resume)
    save(document, resume, path)


def compact(resume: Resume, path: Path) -> None:
    """Small type; employer, title and dates on one line, skills run together."""
    document = new_document("Calibri", 9.5, 0.6)
    line(document, f"{resume.name}, {resume.title}", size=14, bold=True)
    line(document, resume.contact)
    line(document, "ABOUT", bold=True, color=ACCENT)
    for words in resume.summary:
        line(document, words)
    line(document, "SKILLS", bold=True, color=ACCENT)
    line(document, "; ".join(", ".join(row.items) for row in resume.skills))
    line(document, "EXPERIENCE", bold=True, color=ACCENT)
    for job in resume.jobs:
        head = line(document, job.title, bold=True)
        head.add_run(f" at {job.employer}, {job.location} ({job.dates})").bold = False
        bullets(document, job)
    line(document, "EDUCATION AND CERTIFICATES", bold=True, color=ACCENT)
    education_lines(document, resume)
    save(document, resume, path)


def two_cells(document: Any, left: float, right: float) -> Any:
    """A borderless table of two columns (inches) with no rows yet."""
    table = document.add_table(rows=0, cols=2)
    table.autofit = False
    table.columns[0].width, table.columns[1].width = Inches(left), Inches(right)
    return table


def add_cells(table: Any, left: float, right: float) -> Any:
    cells = table.add_row().cells
    cells[0].width, cells[1].width = Inches(left), Inches(right)
    return cells


def labels(resume: Resume, path: Path) -> None:
    """A borderless table: section names at the left, their text at the right."""
    document = new_document("Calibri", 10.5, 0.8)
    line(document, resume.name, size=20, bold=True)
    line(document, resume.title, size=12, color=ACCENT)
    line(document, resume.contact, size=9.5)
    table = two_cells(document, 1.4, 5.5)

    def section(label: str) -> Any:
        cells = add_cells(table, 1.4, 5.5)
        run = cells[0].paragraphs[0].add_run(label)
        run.bold, run.font.color.rgb = True, ACCENT
        return cells

    for words in resume.summary:
        section("Profile")[1].paragraphs[0].add_run(words)
    skill_lines(section("Skills")[1], resume)
    for number, job in enumerate(resume.jobs):
        cells = section("Experience" if number == 0 else "")
        line(cells[0], job.dates, size=9)
        cells[1].paragraphs[0].add_run(job.title).bold = True
        line(cells[1], f"{job.employer}, {job.location}")
        bullets(cells[1], job)
    education_lines(section("Education")[1], resume)
    save(document, resume, path)


def sidebar(resume: Resume, path: Path) -> None:
    """One table row of two cells: contact, skills and education at the left, the rest at the right."""
    document = new_document("Calibri", 10, 0.6)
    side, main = add_cells(two_cells(document, 2.1, 5.1), 2.1, 5.1)
    line(side, "Contact", bold=True, color=ACCENT)
    for words in (resume.email, resume.phone, resume.location):
        line(side, words, size=9)
    for row in resume.skills:
        line(side, row.group, bold=True, color=ACCENT)
        line(side, ", ".join(row.items), size=9)
    line(side, "Education", bold=True, color=ACCENT)
    education_lines(side, resume)
    main.paragraphs[0].add_run(resume.name).font.size = Pt(22)
    line(main, resume.title, size=12.5, color=ACCENT)
    line(main, "Profile", size=12, bold=True, color=ACCENT)
    for words in resume.summary:
        line(main, words)
    line(main, "Experience", size=12, bold=True, color=ACCENT)
    for job in resume.jobs:
        line(main, job.title, bold=True)
        line(main, f"{job.employer}, {job.location}, {job.dates}", size=9.5)
        bullets(main, job)
    save(document, resume, path)


LAYOUTS: dict[str, Callable[[Resume, Path], None]] = {
    "classic": classic,
    "consultant": consultant,
    "boxed": boxed,
    "compact": compact,
    "labels": labels,
    "sidebar": sidebar,
}
