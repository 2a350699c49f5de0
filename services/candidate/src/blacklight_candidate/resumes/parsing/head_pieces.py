"""The pieces of a job's head: what may be a title, an employer, a place, each where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .dates import find_dates, find_ranges
from .entries import Entry
from .job_words import org_score, title_score
from .lexicon import word_groups
from .lines import Line
from .places import is_place, place_at_end

_SPLIT = re.compile(
    r"\t+|\s{2,}|\s+[|·•∙⋅]\s*|\s*\|\s*|\s+[–—]\s*|\s+-{1,2}\s+|\s*[–—]\s+|\s+(?:at|@|with)\s+(?=[A-Z])|;\s+"
)
_URL = re.compile(r"(?:https?://|www\.)\S+|^\S+\.(?:com|org|net|io)(?:/\S*)?$", re.IGNORECASE)
_LABELS = word_groups("labels")
_LABEL = re.compile(
    "^(?:"
    + "|".join(f"(?P<{kind}>{'|'.join(names)})" for kind, names in _LABELS.items())
    + r")\s*(?:#?\s*\d{1,2})?\s*(?:[:：]|\s[-–]\s|(?=\t)|$)\s*",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"^\(?\d+\+?\s*(?:years?|yrs?|months?|mos?)\b.*$", re.IGNORECASE)
_TRIM = " \t,;:|·•–—-/"
_NAME_SUFFIX = re.compile(
    r"^(?:Inc|LLC|Ltd|Corp|Co|L\.?L\.?C|LLP|PLC|GmbH|Pvt|N\.?A|S\.?A|PA|P\.?C)\b\.?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a head. `label` is what the résumé itself calls it; `key` says where such pieces stand."""

    text: str
    start: int
    end: int
    label: str
    key: tuple[object, ...]

    @property
    def title_score(self) -> float:
        return title_score(self.text)

    @property
    def org_score(self) -> float:
        return org_score(self.text)


def pieces_of(entry: Entry) -> list[Piece]:
    """All pieces of an entry's head, in order."""
    pieces: list[Piece] = []
    at = next(index for index, line in enumerate(entry.head) if line.index == entry.anchor.index)
    for index, line in enumerate(entry.head):
        side = "date" if index == at else f"above{at - index}" if index < at else "below"
        for number, (start, end) in enumerate(_cuts(line)):
            piece = _piece(line, start, end, (line.style, side, number))
            if piece is not None:
                pieces.extend(_place_split_off(piece))
    return pieces


def _cuts(line: Line) -> Iterator[tuple[int, int]]:
    """Offsets of the parts of a line, its dates and what follows a label left whole."""
    text = line.text
    for found in reversed(find_ranges(text)):
        text = text[: found.start] + "\t" * (found.end - found.start) + text[found.end :]
    for point in find_dates(text):
        text = text[: point.start] + "\t" * (point.end - point.start) + text[point.end :]
    position = 0
    for match in [*_SPLIT.finditer(text), None]:
        start, end = position, match.start() if match else len(text)
        position = match.end() if match else end
        while start < end and text[start] in _TRIM + "(" and not (text[start] == "(" and ")" in text[start:end]):
            start += 1
        while end > start and text[end - 1] in _TRIM + "(":
            end -= 1
        if end > start:
            yield start, end


def _piece(line: Line, start: int, end: int, key: tuple[object, ...]) -> Piece | None:
    text = line.text[start:end]
    label = _LABEL.match(text)
    kind = ""
    if label and (label.end() < len(text) or label.group(0).rstrip().endswith(":") or label.lastgroup == "other"):
        kind = label.lastgroup or ""
        if label.end() >= len(text):
            return Piece(text, line.start + start, line.start + end, "other", key)
        start, text = start + label.end(), text[label.end() :]
    elif _URL.search(text):
        kind = "url"
    elif is_place(text):
        kind = "place"
    elif _LENGTH.match(text) or not any(char.isalpha() for char in text):
        kind = "other"
    return Piece(text, line.start + start, line.start + end, kind, key)


def _place_split_off(piece: Piece) -> Iterator[Piece]:
    """'Verizon, Dallas, TX' is an employer and a place."""
    span = place_at_end(piece.text) if piece.label in ("", "employer", "title") else None
    if span is None or span[0] == 0:
        yield piece
        return
    name = piece.text[: span[0]].rstrip(" ,(|–-\t")
    if name:
        yield Piece(name, piece.start, piece.start + len(name), piece.label, piece.key)
    yield Piece(piece.text[span[0] : span[1]], piece.start + span[0], piece.start + span[1], "place", piece.key)


def split_at_comma(piece: Piece) -> tuple[Piece, Piece] | None:
    """'Software Engineer, Acme' as title and employer, or the other way round; None when neither side fits."""
    cuts = [match for match in re.finditer(r"\s*,\s+", piece.text) if not _NAME_SUFFIX.match(piece.text[match.end() :])]
    for cut in reversed(cuts):
        left = Piece(piece.text[: cut.start()], piece.start, piece.start + cut.start(), "", piece.key)
        right = Piece(piece.text[cut.end() :], piece.start + cut.end(), piece.end, "", piece.key)
        if left.title_score > 0 and (right.title_score == 0 or right.org_score > 0):
            return left, right
        if right.title_score > 0 and left.title_score == 0:
            return right, left
    return None
