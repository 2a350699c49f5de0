"""Q1: the fields of a résumé against the truth, 66 files of 7 fictional people in 6 layouts.

How each figure is counted
  name, e-mail, phone   files in which the first value stated is the person's; for the person without an address or a
                        number, right is to state none
  employer, title,      the person's jobs in a file (employers, titles and schools: those the file prints), each laid
  dates, school         beside the job read that fits it best; dates are right when both ends are, to the month
  jobs                  files with the right number of jobs
  skills                F1 per file, over the keywords of the truth
  calibration           of all values stated with confidence .9 or more, the share that is right
Intervals are 95 % bootstrap by person, seed 20270401: seven people are few, so they are wide.
"""

from __future__ import annotations

import io
import json
import random
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from blacklight_candidate.resumes.extraction import extract
from blacklight_candidate.resumes.parsing import Field, Job, ParsedResume, SkillFinder, TaxonomySkills, parse

SEED = 20270401
RESAMPLES = 2_000
SURE = 0.9
TODAY = date(2025, 6, 1)
TARGETS = {
    "name": 0.97,
    "e-mail": 1.0,
    "phone": 0.97,
    "employer": 0.95,
    "title": 0.95,
    "jobs": 0.90,
    "dates": 0.90,
    "school": 0.95,
    "skill F1": 0.85,
}
PUBLISHED = {
    "name": 0.13,
    "e-mail": 0.87,
    "phone": 1.0,
    "employer": 0.04,
    "title": 0.50,
    "jobs": 0.07,
    "school": 0.38,
    "skill F1": 0.52,
}
CALIBRATION_TARGET = 0.9

Truth = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A share with its 95 % bootstrap interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True)
class Q1Result:
    """All figures of one run; `misses` names each wrong value for whoever improves the parser."""

    figures: dict[str, Figure]
    calibration: Figure
    files: int
    misses: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        reached = all(self.figures[name].value >= target for name, target in TARGETS.items())
        return reached and self.calibration.value >= CALIBRATION_TARGET


@dataclass
class _Tally:
    """Scores per person and figure, and the values stated with confidence."""

    scores: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    sure: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    misses: list[str] = field(default_factory=list)
    person: str = ""
    file: str = ""

    def count(self, figure: str, right: float, said: object, truth: object) -> None:
        self.scores[figure][self.person].append(right)
        if right < 1:
            self.misses.append(f"{self.file}: {figure}: {said!r} for {truth!r}")

    def stated(self, figure: str, value: Field[str], right: bool) -> None:
        if value.stated and value.confidence >= SURE:
            self.sure[self.person].append(float(right))
            if not right:
                self.misses.append(f"{self.file}: sure of {figure}: {value.value!r} ({value.confidence})")


def default_directory(root: Path) -> Path:
    """The full set beside the project when it is there, else the copy in the tests."""
    shared = root.parent / "shared" / "data" / "jsonresume_rendered"
    return shared if shared.is_dir() else root / "services" / "candidate" / "tests" / "data" / "jsonresume"


def measure(directory: Path, skills: SkillFinder | None = None) -> Q1Result:
    """Parse every file of the set and compare it with the truth."""
    tally = _Tally()
    files = sorted([*directory.glob("pdf/*.pdf"), *directory.glob("docx/*.docx")])
    truths = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(directory.glob("truth/*.json"))}
    for path in files:
        tally.person, tally.file = path.stem.split("__")[1], path.name
        data = path.read_bytes()
        parsed = parse(extract(data), skills=skills or TaxonomySkills(), today=TODAY)
        _compare(tally, truths[tally.person], parsed, _squeezed(_printed_text(path.suffix, data)))
    figures = {name: _figure(tally.scores[name]) for name in TARGETS}
    return Q1Result(figures, _figure(tally.sure), len(files), tuple(tally.misses))


def line(result: Q1Result) -> str:
    """One line in the form every benchmark prints."""
    ours = " ".join(f"{name} {_short(figure)}" for name, figure in result.figures.items())
    peer = ", ".join(f"{name} {_two(value)}" for name, value in PUBLISHED.items())
    ratios = " ".join(f"{name} {result.figures[name].value / value:.1f}x" for name, value in PUBLISHED.items())
    target = " ".join(f"{name} {_two(value)}" for name, value in TARGETS.items())
    verdict = "met" if result.met else "short"
    return (
        f"Q1 ours={ours} right-of-stated-at-.9 {_short(result.calibration)} files={result.files} seed={SEED} "
        f"baseline=leverparser({peer}, published) ratio={ratios} target={target} calibration=- {verdict}"
    )


def run(root: Path = Path(".")) -> list[str]:
    """Measure the set this checkout has and give the line."""
    return [line(measure(default_directory(root.resolve())))]


def _short(figure: Figure) -> str:
    return f"{_two(figure.value)} [{_two(figure.low)}, {_two(figure.high)}]"


def _two(value: float) -> str:
    return "1.0" if value >= 0.995 else f"{value:.2f}".lstrip("0") if value > 0 else "0"


def _figure(by_person: dict[str, list[float]]) -> Figure:
    people = sorted(by_person)
    values = [value for person in people for value in by_person[person]]
    if not values:
        return Figure(0.0, 0.0, 0.0, 0)
    chance = random.Random(SEED)
    means = sorted(_mean(chance.choices(people, k=len(people)), by_person) for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return Figure(sum(values) / len(values), low, high, len(values))


def _mean(people: Iterable[str], by_person: dict[str, list[float]]) -> float:
    values = [value for person in people for value in by_person[person]]
    return sum(values) / len(values)


def _printed_text(suffix: str, data: bytes) -> str:
    """All text of a file by another way than the parser's, to know what it prints."""
    if suffix == ".pdf":
        document = pdfium.PdfDocument(data)
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    return re.sub(r"<[^>]+>", "", xml).replace("&amp;", "&").replace("&apos;", "'")


def _squeezed(text: str | None) -> str:
    """Letters and digits only, lower case: what is compared."""
    return re.sub(r"[\W_]+", "", (text or "").casefold()) or (text or "").strip()


def _same(said: str | None, truth: str | None) -> bool:
    return bool(said) and bool(truth) and _squeezed(said) == _squeezed(truth)


def _compare(tally: _Tally, truth: Truth, parsed: ParsedResume, printed: str) -> None:
    basics = truth["basics"]
    right = _same(parsed.name.value, basics["name"])
    tally.count("name", right, parsed.name.value, basics["name"])
    tally.stated("name", parsed.name, right)
    _compare_contact(tally, basics, parsed)
    _compare_jobs(tally, truth.get("work", []), parsed.jobs, printed)
    _compare_schools(tally, truth.get("education", []), parsed, printed)
    _compare_skills(tally, truth.get("skills", []), parsed)


def _compare_contact(tally: _Tally, basics: Truth, parsed: ParsedResume) -> None:
    email = basics.get("email")
    said = parsed.emails[0].value if parsed.emails else None
    tally.count("e-mail", said == email, said, email)
    for address in parsed.emails:
        tally.stated("e-mail", address, address.value == email)
    digits = re.sub(r"\D", "", basics.get("phone", ""))[-10:]
    numbers = [(phone.number.value or "")[-10:] for phone in parsed.phones]
    tally.count("phone", (numbers[:1] or [""])[0] == digits, numbers, digits)
    for phone in parsed.phones:
        tally.stated("phone", phone.number, (phone.number.value or "")[-10:] == digits)


def _compare_jobs(tally: _Tally, work: Sequence[Truth], jobs: Sequence[Job], printed: str) -> None:
    tally.count("jobs", len(work) == len(jobs), len(jobs), len(work))
    free = list(jobs)
    for truth in work:
        employer = truth.get("name") or truth.get("company")
        job = max(free, key=lambda job: _likeness(job, truth), default=Job())
        if job in free and _likeness(job, truth) > 0:
            free.remove(job)
        else:
            job = Job()
        if _squeezed(employer) in printed:
            tally.count("employer", _same(job.employer.value, employer), job.employer.value, employer)
        if _squeezed(truth["position"]) in printed:
            tally.count("title", _same(job.title.value, truth["position"]), job.title.value, truth["position"])
        tally.stated("employer", job.employer, _same(job.employer.value, employer))
        tally.stated("title", job.title, _same(job.title.value, truth["position"]))
        start, end = truth["startDate"][:7], truth.get("endDate", "")[:7]
        said = (job.start.value, job.end.value)
        tally.count("dates", job.start.value == start and (job.end.value or "") == end, said, (start, end))
        tally.stated("start", job.start, job.start.value == start)
        tally.stated("end", job.end, job.end.value == end)
    for job in free:
        for name, value in (("employer", job.employer), ("title", job.title), ("start", job.start), ("end", job.end)):
            tally.stated(name, value, False)


def _likeness(job: Job, truth: Truth) -> int:
    employer = truth.get("name") or truth.get("company")
    points = 2 * _same(job.employer.value, employer) + 2 * _same(job.title.value, truth["position"])
    return points + 2 * int(job.start.value == truth["startDate"][:7])


def _compare_schools(tally: _Tally, education: Sequence[Truth], parsed: ParsedResume, printed: str) -> None:
    schools = [entry["institution"] for entry in education if entry.get("institution")]
    said = [entry.institution for entry in parsed.education]
    left = [value.value for value in said]
    for school in schools:
        if _squeezed(school) not in printed:
            continue
        match = next((name for name in left if _same(name, school)), None)
        if match is not None:
            left.remove(match)
        tally.count("school", match is not None, left, school)
    for value in said:
        tally.stated("school", value, any(_same(value.value, school) for school in schools))


def _compare_skills(tally: _Tally, groups: Sequence[Truth], parsed: ParsedResume) -> None:
    truth = {_squeezed(word) for group in groups for word in (group.get("keywords") or [group["name"]])}
    said = {_squeezed(skill.value) for skill in parsed.skills}
    hits = len(truth & said)
    score = 2 * hits / (len(truth) + len(said)) if truth or said else 1.0
    tally.count("skill F1", score, sorted(said - truth), sorted(truth - said))
    for skill in parsed.skills:
        tally.stated("skill", skill, _squeezed(skill.value) in truth)


if __name__ == "__main__":
    result = measure(default_directory(Path(__file__).resolve().parents[2]))
    sys.stdout.write(line(result) + "\n")
    if "--misses" in sys.argv:
        sys.stdout.write("\n".join(result.misses) + "\n")
