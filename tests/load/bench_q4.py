"""Q4: fields of job posts from running text, against what the adverts' authors put above them (224 adverts).

What the reader is given
  page   the whole text of a page: header line or lines as one of six boards prints them (`q4_pages`, drawn by hash; two
         of the six name the fields), then the body as written. `extract_text`, no field handed over.
  body   the body alone as written, and of the other fields what a board gives (title, company, place), never the field
         that is measured: `extract_posting` with that field empty. Counted for title, company and place where the truth
         is printed in the body; where it is not, a value that is stated is counted as wrong.

How each field is counted (F1; one value stated for one true value, several places and kinds one by one)
  title      the words without level, brackets and what follows a comma, dash or "at"
  company    the name without legal form, or a beginning of it ("HBK" for "HBK Europe")
  place      city and country; the country, or nothing stated, where the truth names no city
  remote     REMOTE stated or not; the truth is by hand, from body and place (`q4_labels.json`), where it may be
             called either, either is right
  contract   permanent = FULL_TIME, contract, part time, temporary; from the header, in the body form where printed
  pay        lowest, highest, currency and period, all right; by hand
Intervals: 95 % bootstrap by company. Rules were made on two thirds of the companies (seed below), the held-back third
was read by this program only, except that the labels by hand were made from single sentences of all.

Robustness: every post of `hn_hiring_2013_2017` is read; a value is invented when a word or number of it is not in the
post (places by their aliases).
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from blacklight_matching.postings.extraction import ExtractedFields, extract_posting, extract_text

from tests.load import q4_former
from tests.load.figures import Figure, verdict
from tests.load.q4_invented import invented
from tests.load.q4_pages import SEED, Advert, header, is_held_back, key_of, page
from tests.load.q4_right import FIELDS, Truth, compare, truth_of

RESAMPLES = 2_000
TARGET = 0.90
SEEN = date(2021, 12, 31)
LABELS = Path(__file__).with_name("q4_labels.json")
Counts = tuple[int, int, int]
"""Right, stated, true."""


@dataclass
class Tally:
    """Counts by field and company; `misses` names what was wrong, for whoever improves the reader."""

    counts: dict[str, dict[str, list[Counts]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    misses: list[str] = field(default_factory=list)

    def add(self, name: str, advert: Advert, counts: Counts, note: str) -> None:
        self.counts[name][advert["company"] or ""].append(counts)
        if counts[0] < max(counts[1:]):
            self.misses.append(f"{name} {counts}: {note}")

    def f1(self, name: str) -> float:
        return _f1([one for group in self.counts[name].values() for one in group])

    def interval(self, name: str) -> tuple[float, float]:
        groups = [self.counts[name][company] for company in sorted(self.counts[name])]
        chance = random.Random(SEED)
        drawn = sorted(
            _f1([one for group in chance.choices(groups, k=len(groups)) for one in group]) for _ in range(RESAMPLES)
        )
        return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]


def measure(adverts: Iterable[Advert], form: str, former: bool = False) -> Tally:
    """Reads the adverts in a form and lays each field beside the truth."""
    labels = json.loads(LABELS.read_text("utf-8"))
    tally = Tally()
    for advert in adverts:
        truth = truth_of(advert, labels.get(key_of(advert), {}), form)
        whole = None if form == "body" else _read(advert, "", form, former)
        for name in FIELDS:
            said = whole or _read(advert, name, form, former)
            counts = compare(name, said, truth)
            tally.add(name, advert, counts, f"{key_of(advert)} {_stated(said, name)!r} for {truth}")
    return tally


def robustness(posts: Iterable[dict[str, Any]]) -> tuple[int, int, list[str], int]:
    """(posts, crashes, invented values, values stated)."""
    read = crashes = stated = 0
    made_up: list[str] = []
    for post in posts:
        read += 1
        try:
            said = extract_text(post["text_html"], seen=date(int(post["month"][:4]), int(post["month"][5:7]), 28))
        except Exception as error:  # noqa: BLE001 - a crash is what is counted
            crashes += 1
            made_up.append(f"crash {type(error).__name__} on {post['id']}")
            continue
        found, number = invented(said)
        stated += number
        made_up.extend(f"{post['id']} {value}" for value in found)
    return read, crashes, made_up, stated


def run(root: Path) -> list[str]:
    """The line of Q4, or why there is none."""
    data = root.resolve().parent / "shared" / "data"
    advert_file, post_file = data / "pythonjobs_yaml" / "postings.jsonl", data / "hn_hiring_2013_2017" / "posts.jsonl"
    if not advert_file.is_file() or not post_file.is_file():
        return [str(Figure("Q4", "-", "-", "-", f"F1 {TARGET:.2f}", 1.0, "skipped(no data)"))]
    adverts = [advert for advert in _rows(advert_file) if advert["company"] != "ACME"]
    parts = {"all": adverts, "held-back": [advert for advert in adverts if is_held_back(advert)]}
    ours = {(form, part): measure(rows, form) for form in ("page", "body") for part, rows in parts.items()}
    former = {form: measure(adverts, form, former=True) for form in ("page", "body")}
    read, crashes, made_up, stated = robustness(_rows(post_file))
    met = crashes == 0 and len([one for one in made_up if not one.startswith("crash")]) == 0
    met = met and all(ours["page", part].f1(name) >= TARGET for name in FIELDS for part in parts)
    figures = "; ".join(f"{form}/{part} {_line(tally)}" for (form, part), tally in ours.items())
    ratio = " ".join(
        f"{name} {ours['page', 'all'].f1(name) / max(0.01, former['page'].f1(name)):.1f}x" for name in FIELDS
    )
    return [
        str(
            Figure(
                "Q4",
                f"({figures}; hn posts={read} crashes={crashes} invented={len(made_up) - crashes} of {stated} values) "
                f"n={len(adverts)} held-back={len(parts['held-back'])} seed={SEED}",
                f"one-expression-reader(page {_short(former['page'])}; body {_short(former['body'])})",
                ratio,
                f"F1 {TARGET:.2f} each field (page, all and held-back), 0 crashes, 0 invented",
                1.0,
                verdict(met),
            )
        )
    ]


def _read(advert: Advert, without: str, form: str, former: bool) -> Any:
    if form == "page":
        return q4_former.read(page(advert)) if former else extract_text(page(advert), seen=SEEN)
    if former:
        return q4_former.read(advert["body_markdown"])
    said = header(advert)
    return extract_posting(
        "" if without == "title" else said.title,
        advert["body_markdown"],
        "" if without in ("place", "remote") else said.place,
        "" if without == "company" else said.company,
    )


def _stated(said: ExtractedFields | q4_former.Former, name: str) -> object:
    attribute = {"place": "places", "remote": "workplace", "contract": "contract_types"}.get(name, name)
    return getattr(said, attribute, None) if name != "place" else getattr(said, "places", getattr(said, "place", ""))


def _f1(counts: list[Counts]) -> float:
    right, stated, true = (sum(one[index] for one in counts) for index in range(3))
    return 2 * right / (stated + true) if stated + true else 1.0


def _line(tally: Tally) -> str:
    return " ".join(
        f"{name} {_two(tally.f1(name))} [{_two(low)}, {_two(high)}]"
        for name in FIELDS
        for low, high in [tally.interval(name)]
    )


def _short(tally: Tally) -> str:
    return " ".join(f"{name} {_two(tally.f1(name))}" for name in FIELDS)


def _two(value: float) -> str:
    return f"{value:.2f}"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _misses(root: Path, form: str, part: Callable[[Advert], bool]) -> list[str]:
    adverts = _rows(root.resolve().parent / "shared" / "data" / "pythonjobs_yaml" / "postings.jsonl")
    return measure([advert for advert in adverts if part(advert)], form).misses


if __name__ == "__main__":
    for form_of_text in sys.argv[1:]:
        missed = _misses(Path(__file__).resolve().parents[2], form_of_text, lambda advert: not is_held_back(advert))
        sys.stdout.write("\n".join(missed) + "\n")


__all__ = ["Truth", "measure", "robustness", "run"]
