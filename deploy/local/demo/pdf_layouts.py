# mypy: disable-error-code="import-not-found,import-untyped,no-any-return,no-any-unimported"
"""Six PDF layouts of a résumé, drawn with reportlab (needed only when rendering, never to run the product).

What differs between them is what parsers stumble on: the reading order of two columns, labels beside the
text, skills in a grid, "Client:" blocks, everything in one dense column.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    HRFlowable,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from resume_source import Job, Resume

WIDTH, HEIGHT = LETTER
INK, ACCENT, PALE = colors.HexColor("#222222"), colors.HexColor("#1f4e79"), colors.HexColor("#e8eef4")
Story = list[Any]


def style(size: float = 10, *, bold: bool = False, serif: bool = False, **more: Any) -> ParagraphStyle:
    """A paragraph style of the given size in points."""
    family = {True: ("Times-Roman", "Times-Bold"), False: ("Helvetica", "Helvetica-Bold")}[serif][bold]
    settings = {"fontName": family, "fontSize": size, "leading": size * 1.28, "textColor": INK, **more}
    return ParagraphStyle(f"s{size}{bold}{serif}{sorted(more)}", **settings)


def text(words: str, look: ParagraphStyle) -> Any:
    return Paragraph(escape(words), look)


def bullets(job: Job, look: ParagraphStyle) -> Story:
    hanging = ParagraphStyle("b", parent=look, leftIndent=12, bulletIndent=2)
    return [Paragraph(escape(line), hanging, bulletText="•") for line in job.bullets]


def skill_lines(resume: Resume, look: ParagraphStyle) -> Story:
    return [Paragraph(f"<b>{escape(row.group)}:</b> {escape(', '.join(row.items))}", look) for row in resume.skills]


def education_lines(resume: Resume, look: ParagraphStyle) -> Story:
    lines = [text(f"{row.degree}, {row.school}, {row.year}", look) for row in resume.education]
    return lines + [text(name, look) for name in resume.certifications]


def dated(left: str, right: str, look: ParagraphStyle, width: float) -> Any:
    """A line with the dates at the right edge."""
    right_look = ParagraphStyle("r", parent=look, alignment=2)
    table = Table([[text(left, look), text(right, right_look)]], colWidths=[width * 0.68, width * 0.32])
    table.setStyle(
        TableStyle(
            [
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    return table


def build_single(resume: Resume, path: Path, story: Story, margin: float = 0.8 * inch) -> None:
    """Write a story into one column."""
    frame = Frame(margin, margin, WIDTH - 2 * margin, HEIGHT - 2 * margin, id="body", leftPadding=0, rightPadding=0)
    _document(resume, path, [PageTemplate("page", [frame])]).build(story)


def _document(resume: Resume, path: Path, templates: list[Any]) -> Any:
    document = BaseDocTemplate(
        str(path), pagesize=LETTER, title=f"{resume.name} - {resume.title}", author=resume.name, invariant=1
    )
    document.addPageTemplates(templates)
    return document


def classic(resume: Resume, path: Path) -> None:
    """One serif column, centred name, ruled headings, dates at the right."""
    body, head = style(10.5, serif=True), style(12, bold=True, serif=True, spaceBefore=9)
    width = WIDTH - 1.6 * inch

    def section(name: str) -> Story:
        return [text(name, head), HRFlowable(width="100%", thickness=0.7, color=INK, spaceAfter=3)]

    story: Story = [
        text(resume.name, style(20, bold=True, serif=True, alignment=TA_CENTER)),
        text(resume.title, style(12, serif=True, alignment=TA_CENTER)),
        text(resume.contact, style(9.5, serif=True, alignment=TA_CENTER)),
    ]
    story += section("Summary") + [text(line, body) for line in resume.summary]
    story += section("Technical Skills") + skill_lines(resume, body) + section("Professional Experience")
    for job in resume.jobs:
        story.append(dated(f"{job.title}, {job.employer}", job.dates, style(10.5, bold=True, serif=True), width))
        story += [text(job.location, style(9.5, serif=True)), *bullets(job, body)]
    story += section("Education and Certifications") + education_lines(resume, body)
    build_single(resume, path, story)


def sidebar(resume: Resume, path: Path) -> None:
    """A tinted left column with contact, skills and education beside the summary and the experience."""
    side_width = 2.15 * inch
    small, side_head = style(9), style(10.5, bold=True, spaceBefore=10, textColor=ACCENT)
    body, head = style(9.8), style(12.5, bold=True, spaceBefore=8, spaceAfter=3, textColor=ACCENT)
    side: Story = [
        text("Contact", side_head),
        text(resume.email, small),
        text(resume.phone, small),
        text(resume.location, small),
    ]
    for row in resume.skills:
        side += [text(row.group, side_head), *(text(item, small) for item in row.items)]
    side += [text("Education", side_head), *education_lines(resume, small)]
    main: Story = [
        text(resume.name, style(22, bold=True, textColor=ACCENT)),
        text(resume.title, style(12.5)),
        text("Profile", head),
        *(text(line, body) for line in resume.summary),
        text("Experience", head),
    ]
    for job in resume.jobs:
        main += [
            text(job.title, style(10.5, bold=True, spaceBefore=6)),
            text(f"{job.employer}, {job.location}", body),
            text(job.dates, style(9, textColor=ACCENT)),
            *bullets(job, body),
        ]
    left = Frame(0.3 * inch, 0.5 * inch, side_width, HEIGHT - inch, id="side")
    right = Frame(0.5 * inch + side_width, 0.5 * inch, WIDTH - side_width - inch, HEIGHT - inch, id="main")

    def tint(canvas: Any, _: Any) -> None:
        canvas.setFillColor(PALE)
        canvas.rect(0, 0, side_width + 0.4 * inch, HEIGHT, stroke=0, fill=1)

    templates = [
        PageTemplate("first", [left, right], onPage=tint),
        PageTemplate("later", [right], onPage=tint),
    ]
    _document(resume, path, templates).build([NextPageTemplate("later"), *side, FrameBreak(), *main])


def labels(resume: Resume, path: Path) -> None:
    """Section names in a narrow left column, their text beside them."""
    body, label = style(10), style(10, bold=True, textColor=ACCENT)
    rows: list[list[Any]] = [
        [text("Profile", label), [text(line, body) for line in resume.summary]],
        [text("Skills", label), skill_lines(resume, body)],
    ]
    for number, job in enumerate(resume.jobs):
        cell = [
            text(job.title, style(10.5, bold=True)),
            text(f"{job.employer}, {job.location}", body),
            *bullets(job, body),
        ]
        rows.append([[text("Experience" if number == 0 else "", label), text(job.dates, style(8.5))], cell])
    rows.append(
        [
            text("Education", label),
            [text(f"{row.degree}, {row.school}, {row.year}", body) for row in resume.education],
        ]
    )
    if resume.certifications:
        rows.append([text("Certifications", label), [text(name, body) for name in resume.certifications]])
    table = Table(rows, colWidths=[1.35 * inch, WIDTH - 2.95 * inch])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, 0), (-1, -1), 0.4, PALE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    story: Story = [
        text(resume.name, style(21, bold=True)),
        text(resume.title, style(12, textColor=ACCENT)),
        text(resume.contact, style(9.5)),
        Spacer(1, 10),
        table,
    ]
    build_single(resume, path, story)


def boxed(resume: Resume, path: Path) -> None:
    """Headings as filled bars and the skills in a ruled table."""
    body, width = style(10), WIDTH - 1.6 * inch

    def bar(name: str) -> Any:
        table = Table([[text(name.upper(), style(10.5, bold=True, textColor=colors.white))]], colWidths=[width])
        table.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, -1), ACCENT)]))
        return table

    grid = Table(
        [[text(row.group, style(9.5, bold=True)), text(", ".join(row.items), style(9.5))] for row in resume.skills],
        colWidths=[1.5 * inch, width - 1.5 * inch],
    )
    grid.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, INK), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    story: Story = [
        text(resume.name, style(19, bold=True)),
        text(resume.title, style(12)),
        text(f"Phone: {resume.phone}", body),
        text(f"Email: {resume.email}", body),
        text(f"Location: {resume.location}", body),
        Spacer(1, 8),
        bar("Professional Summary"),
    ]
    story += [text(line, body) for line in resume.summary]
    story += [Spacer(1, 8), bar("Technical Skills"), grid, Spacer(1, 8), bar("Work Experience")]
    for job in resume.jobs:
        where = f"{job.client} (through {job.employer})" if job.client else job.employer
        story += [
            dated(f"{where}, {job.location}", job.dates, style(10, bold=True), width),
            text(job.title, style(10)),
            *bullets(job, body),
        ]
    story += [Spacer(1, 8), bar("Education"), *education_lines(resume, body)]
    build_single(resume, path, story)


def consultant(resume: Resume, path: Path) -> None:
    """The bench consultant's manner: "Client:", "Role:", "Responsibilities:", "Environment:"."""
    body, head = style(10), style(11.5, bold=True, spaceBefore=9, spaceAfter=2)
    bold = style(10, bold=True)
    story: Story = [
        text(resume.name, style(17, bold=True)),
        text(resume.title, style(11.5)),
        text(f"Email: {resume.email}   Phone: {resume.phone}", body),
        text(resume.location, body),
        text("PROFESSIONAL SUMMARY:", head),
    ]
    story += [
        Paragraph(escape(line), ParagraphStyle("i", parent=body, leftIndent=12), bulletText="•")
        for line in resume.summary
    ]
    story += [
        text("TECHNICAL SKILLS:", head),
        *skill_lines(resume, body),
        text("PROFESSIONAL EXPERIENCE:", head),
    ]
    for job in resume.jobs:
        who = f"Client: {job.client}, {job.location}" if job.client else f"Company: {job.employer}, {job.location}"
        story += [
            Spacer(1, 5),
            dated(who, job.dates, bold, WIDTH - 1.6 * inch),
            text(f"Role: {job.title}", bold),
        ]
        story += [text("Responsibilities:", body), *bullets(job, body)]
        if job.environment:
            story.append(Paragraph(f"<b>Environment:</b> {escape(job.environment)}", body))
    story += [text("EDUCATION:", head), *education_lines(resume, body)]
    build_single(resume, path, story)


def compact(resume: Resume, path: Path) -> None:
    """Everything on one dense page; employer, title and dates share a line."""
    body, head = style(8.8), style(9.6, bold=True, spaceBefore=6, textColor=ACCENT)
    story: Story = [
        dated(f"{resume.name}, {resume.title}", "", style(14, bold=True), WIDTH - 1.2 * inch),
        text(resume.contact, body),
        text("ABOUT", head),
        *(text(line, body) for line in resume.summary),
        text("SKILLS", head),
        text("; ".join(", ".join(row.items) for row in resume.skills), body),
        text("EXPERIENCE", head),
    ]
    for job in resume.jobs:
        line = f"<b>{escape(job.title)}</b> at {escape(job.employer)}, {escape(job.location)} ({job.dates})"
        story += [Paragraph(line, style(8.8, spaceBefore=3)), *bullets(job, body)]
    story += [text("EDUCATION AND CERTIFICATES", head), *education_lines(resume, body)]
    build_single(resume, path, story, margin=0.6 * inch)


LAYOUTS: dict[str, Callable[[Resume, Path], None]] = {
    "classic": classic,
    "sidebar": sidebar,
    "labels": labels,
    "boxed": boxed,
    "consultant": consultant,
    "compact": compact,
}
