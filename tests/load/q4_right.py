"""When a field of Q4 is right: how what is stated is laid beside the truth. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from blacklight_matching.postings.extraction import places_in_field

FIELDS = ("title", "company", "place", "remote", "contract", "pay")
_LEVELS = frozenset(
    [
        "senior",
        "sr",
        "junior",
        "jr",
        "lead",
        "principal",
        "staff",
        "mid",
        "level",
        "graduate",
        "experienced",
        "middle",
        "midweight",
        "weight",
        "freelance",
        "contract",
        "remote",
        "x2",
        "roles",
        "all",
        "levels",
        "sr.",
        "jr.",
        "job",
    ]
)
_LEGAL = frozenset(["inc", "ltd", "limited", "llc", "gmbh", "plc", "llp", "corp", "corporation", "co", "company"])
_KINDS = (("CONTRACT", r"contract(?! or perm)|contractor|b2b|project-based|freelance"), ("FULL_TIME", r"\bperm|"
    r"full[- ]?time"),
          ("PART_TIME", r"part[- ]?time"), ("TEMPORARY", r"temporary"))  # fmt: skip
_PRINTED_KIND = {
    "FULL_TIME": r"permanent|full[- ]?time|\bperm\b",
    "CONTRACT": r"\bcontract(?:or)?\b|freelance",
    "PART_TIME": r"part[- ]?time",
    "TEMPORARY": r"temporary",
}
Pay = tuple[float | None, float | None, str, str]


@dataclass(frozen=True)
class Truth:
    """What an advert says; a field that the given text does not print is empty."""

    title: str
    company: str
    places: frozenset[tuple[str, str]]
    workplaces: tuple[str, ...]
    kinds: frozenset[str]
    pay: Pay | None
    printed: frozenset[str] = frozenset({"title", "company"})


def truth_of(advert: dict[str, Any], labels: dict[str, Any], form: str) -> Truth:
    """The truth of an advert; in the body form only what its body prints."""
    body = advert["body_markdown"]
    title, company, field = advert["title"], advert["company"] or "", advert["location"] or ""
    places = frozenset((_folded(place.city), place.country) for place in places_in_field(field))
    workplaces = tuple(labels.get("workplace", ()))
    contract = advert["contract"] or ""
    printed = {"title", "company"}
    kinds = {kind for kind, pattern in _KINDS if re.search(pattern, contract, re.I)}
    if re.search(r"contract to hire", contract, re.I):
        kinds = {"CONTRACT_TO_HIRE"}
    if form == "body":
        printed = {"title"} if _words_in(_core(title), body) else set()
        printed |= {"company"} if _words_in(_name(company), body) else set()
        printed |= {f"{city}" for city, _ in places if city and _words_in(city.split(), body)}
        kinds = {kind for kind in kinds if kind in _PRINTED_KIND and re.search(_PRINTED_KIND[kind], body, re.I)}
    else:
        printed |= {city for city, _ in places}
    if form != "body" and not workplaces and re.search(r"remote|anywhere|telecommute", f"{field} {title}", re.I):
        workplaces = ("REMOTE",)
    pay = labels.get("pay")
    return Truth(title, company, places, workplaces, frozenset(kinds), tuple(pay) if pay else None, frozenset(printed))


def compare(name: str, said: Any, truth: Truth) -> tuple[int, int, int]:
    """(right, stated, true) of a field."""
    if name == "title":
        return _one(said.title, "title" in truth.printed, _same_title(said.title, truth))
    if name == "company":
        return _one(
            said.company, bool(truth.company) and "company" in truth.printed, _same_company(said.company, truth.company)
        )
    if name == "place":
        return _places(said, truth)
    if name == "remote":
        either = "REMOTE" in truth.workplaces and len(truth.workplaces) > 1
        stated = said.workplace == "REMOTE"
        if either:
            return (1, 1, 1) if said.workplace in truth.workplaces else (0, int(stated), 1)
        true = "REMOTE" in truth.workplaces
        return int(stated and true), int(stated), int(true)
    if name == "contract":
        stated_kinds = {kind for kind in said.contract_types if kind not in ("W2", "C2C", "FORM_1099")}
        return len(stated_kinds & truth.kinds), len(stated_kinds), len(truth.kinds)
    return _pay(said.pay, truth.pay)


def _same_title(said: str, truth: Truth) -> bool:
    one, other = _core(said), _core(truth.title)
    if one == other or {"title", "company"} <= truth.printed:
        return one == other
    return min(len(one), len(other)) > 1 and one[-1] == other[-1] and (set(one) <= set(other) or set(other) <= set(one))


def _one(said: str, printed: bool, right: bool) -> tuple[int, int, int]:
    return int(right and bool(said)), int(bool(said)), int(printed or (right and bool(said)))


def _places(said: Any, truth: Truth) -> tuple[int, int, int]:
    stated = getattr(said, "places", None)
    if stated is None:
        stated = places_in_field(said.place)
    found = {(_folded(place.city), place.country) for place in stated}
    if any(city for city, _ in truth.places):  # the country of a city is not wrong, and not enough
        found -= {("", country) for _, country in truth.places}
    right = found & truth.places
    return len(right), len(found), len(right | {place for place in truth.places if place[0] in truth.printed})


def _pay(said: Any, truth: Pay | None) -> tuple[int, int, int]:
    if said is None or truth is None:
        return 0, int(said is not None), int(truth is not None)
    stated = said if isinstance(said, tuple) else (said.min, said.max, said.currency, said.period)
    same = stated[:2] == truth[:2] and truth[2] in ("", stated[2]) and truth[3] in ("", stated[3])
    return int(same), 1, 1


def _same_company(said: str, truth: str) -> bool:
    one, other = _name(said), _name(truth)
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def _core(title: str) -> list[str]:
    text = re.sub(r"\([^)]*\)?|\[[^\]]*\]", " ", title)
    text = re.split(r"\s[-–|]\s|,\s|\s(?:at|in|for|with|to join|wanted|required)\s", f"{text} ")[0]
    words = [word for word in re.findall(r"[\w+#.]+", _folded(text).replace("-", "")) if word not in _LEVELS]
    return [word.rstrip(".").removesuffix("s") for word in words]


def _name(company: str) -> list[str]:
    words = re.findall(r"\w+", _folded(re.sub(r"\([^)]*\)", " ", company)))
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return words


def _words_in(words: list[str], text: str) -> bool:
    if not words:
        return False
    stream = " ".join(
        word.rstrip(".").removesuffix("s") for word in re.findall(r"[\w+#.]+", _folded(text).replace("-", ""))
    )
    return f" {' '.join(word.removesuffix('s') for word in words)} " in f" {stream} "


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(char for char in plain if not unicodedata.combining(char))
