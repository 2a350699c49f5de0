"""What the demo prints: tables of the best matches, and one score taken apart."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from blacklight_local.demo.api import Json

SHOWN = 5
NAMES = {"skills": "skills", "experience": "experience", "semantic": "likeness of the texts"}


def points(hundredths: int) -> str:
    """`8123` as `81.23`."""
    return f"{hundredths / 100:.2f}"


def _some(names: Sequence[str], limit: int = 6) -> str:
    shown = ", ".join(names[:limit])
    return shown + (f" +{len(names) - limit}" if len(names) > limit else "")


def print_matches(console: Console, name: str, matches: Sequence[Json]) -> None:
    """A candidate's best matches as a table."""
    table = Table(title=f"{escape(name)}: the best of {len(matches)} matches", title_justify="left", expand=True)
    for heading, justify in (("score", "right"), ("grade", "left"), ("confidence", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for heading, ratio in (("posting", 5), ("matched skills", 5), ("missing skills", 3)):
        table.add_column(heading, ratio=ratio)
    for match in matches[:SHOWN]:
        table.add_row(
            points(match["score"]),
            match["grade"],
            f"{match['confidence'] / 100:.0f} %",
            escape(f"{match['posting_title']} · {match['posting_company']}, {match['posting_location']}"),
            escape(_some(match["matched_skills"])),
            escape(_some(match["missing_skills"], 4)),
        )
    console.print(table)


def print_explanation(console: Console, explanation: Json) -> None:
    """One score as a sum, with the sentences that each part rests on."""
    match = explanation["match"]
    title = f"{match['candidate_name']} and {match['posting_title']} · {match['posting_company']}"
    console.print(f"\n[bold]Why {points(match['score'])} ({match['grade']})?[/bold] {escape(title)}", highlight=False)
    for part in explanation["parts"]:
        if "score" in part:
            sum_text = f"{points(part['score'])} × {part['weight'] / 100:.2f} % = {points(part['contribution'])}"
        else:
            sum_text = "unknown, not counted"
        console.print(
            f"\n  [bold]{NAMES[part['name']]}[/bold]  {sum_text}  [dim]{escape(part['note'])}[/dim]", highlight=False
        )
        for evidence in part.get("evidence", []):
            if part["name"] == "skills":
                mark = "[green]✓[/green]" if evidence["matched"] else "[red]✗[/red]"
                console.print(f"    {mark} {escape(evidence['subject'])}", highlight=False)
            for side, sentence in (("résumé", evidence["resume_sentence"]), ("posting", evidence["posting_sentence"])):
                if sentence:
                    console.print(f"        [dim]{side}:[/dim] {escape(sentence)}", highlight=False)
    added = " + ".join(points(part["contribution"]) for part in explanation["parts"] if part["contribution"])
    console.print(f"\n  {added} = [bold]{points(match['score'])}[/bold]\n", highlight=False)
