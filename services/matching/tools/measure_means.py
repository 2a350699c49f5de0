"""Measure the mean unit vectors of profiles and postings and write them into the table's description.

    python measure_means.py --onet DIR

Run after `build_vectors.py`, and whenever `vectors/texts.py` changes. Long texts share much that says nothing
about the occupation; its mean direction is taken away when they are embedded. The sample is made of O*NET
occupations (CC BY 4.0, modified) in the wording of adverts and of résumés, `phrases.json`, which is our own.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from blacklight_matching.vectors.embedding import unit_vectors
from blacklight_matching.vectors.texts import posting_text, profile_text

HERE = Path(__file__).parent
DESCRIPTION = HERE.parent / "src/blacklight_matching/vectors/data/table.json"
SEED = 20261123
TEXTS_OF_EACH_OCCUPATION = 4


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of an O*NET table."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def documents(onet: Path) -> dict[str, list[str]]:
    """Texts of each kind: an occupation's description in the middle of phrases drawn at random."""
    phrases = json.loads((HERE / "phrases.json").read_text(encoding="utf-8"))
    technologies: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(onet / "technology_skills.tsv"):
        technologies[row["O*NET-SOC Code"]].append(row["Example"])
    generator = np.random.default_rng(SEED)
    made: dict[str, list[str]] = {"posting": [], "profile": []}
    for row in rows_of(onet / "occupations.tsv"):
        known = technologies[row["O*NET-SOC Code"]] or [row["Title"]]
        for _ in range(TEXTS_OF_EACH_OCCUPATION):
            skills = list(generator.permutation(known)[:8])
            words = {"title": row["Title"], "skills": ", ".join(skills[:4])}
            advert = prose(phrases["advert"], 8, words, row["Description"], generator)
            summary = prose(phrases["profile"], 6, words, row["Description"], generator)
            made["posting"].append(posting_text(row["Title"], skills, advert))
            made["profile"].append(profile_text([row["Title"]], skills, summary))
    return made


def prose(phrases: list[str], count: int, words: dict[str, str], core: str, generator: np.random.Generator) -> str:
    """`count` different phrases around the description."""
    chosen = [str(phrase).format(**words) for phrase in generator.permutation(phrases)[:count]]
    return " ".join([*chosen[: count // 2], core, *chosen[count // 2 :]])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onet", type=Path, required=True)
    made = documents(parser.parse_args().onet)
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    description["means"] = {
        kind: [round(float(value), 9) for value in unit_vectors(texts).mean(axis=0)] for kind, texts in made.items()
    }
    DESCRIPTION.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
