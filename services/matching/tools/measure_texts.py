"""Measure what long texts share and where occupations lie among them; then name the tables by their digest.

    python measure_texts.py --onet DIR [--folder DIR]

Run after `build_prototypes.py`, and whenever `vectors/texts.py` changes. The sample is made of O*NET occupations
(CC BY 4.0, modified) in the wording of adverts and of resumes, `phrases.json`, which is our own.

means   mean vector of the profiles and of the postings of the sample
axes    the scatter of the sample within each occupation to the power -0.35: directions in which texts of one and the
        same occupation differ count less
places  of each occupation its titles, its description and its technologies, centred, evened out, at unit length
sha256  over all tables; the first eight digits are part of the engine version
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from blacklight_matching.titles import expand_short_forms
from blacklight_matching.vectors.embedding import VECTOR_SCALE, quantise, unit_vectors
from blacklight_matching.vectors.table import Table, read_table
from blacklight_matching.vectors.texts import posting_text, profile_text
from numpy.typing import NDArray
from onet import alternate_titles, occupations, technologies

HERE = Path(__file__).parent
FOLDER = HERE.parent / "src/blacklight_matching/vectors/data"
SEED = 20261123
TEXTS_OF_EACH_OCCUPATION = 4
ADVERT_PHRASES, PROFILE_PHRASES = 8, 15
EVENING = 0.7
TECHNOLOGY_PARTS = 0.5
AXES_SCALE = 2**12
ARRAYS = ("rows", "scales", "prototypes", "axes", "places")

Floats = NDArray[np.float64]


def documents(onet: Path) -> dict[str, list[str]]:
    """Texts of each kind: an occupation's description in the middle of phrases drawn at random."""
    phrases = json.loads((HERE / "phrases.json").read_text(encoding="utf-8"))
    known = technologies(onet)
    generator = np.random.default_rng(SEED)
    made: dict[str, list[str]] = {"posting": [], "profile": []}
    for code, (title, description) in occupations(onet).items():
        for _ in range(TEXTS_OF_EACH_OCCUPATION):
            skills = [str(skill) for skill in generator.permutation(known.get(code) or [title])[:8]]
            words = {"title": title, "skills": ", ".join(skills[:4])}
            advert = prose(phrases["advert"], ADVERT_PHRASES, words, description, generator)
            summary = prose(phrases["profile"], PROFILE_PHRASES, words, description, generator)
            made["posting"].append(posting_text(title, skills, advert))
            made["profile"].append(profile_text([title], skills, summary))
    return made


def prose(phrases: list[str], count: int, words: dict[str, str], core: str, generator: np.random.Generator) -> str:
    """`count` different phrases around the description."""
    chosen = [str(phrase).format(**words) for phrase in generator.permutation(phrases)[:count]]
    return " ".join([*chosen[: count // 2], core, *chosen[count // 2 :]])


def evening_axes(made: Sequence[Floats]) -> Floats:
    """Symmetric 256 x 256 map that makes directions of strong scatter weaker, in whole numbers."""
    scatter = sum(within_occupations(vectors) for vectors in made) / len(made)
    strengths, directions = np.linalg.eigh(scatter)
    weaker = (strengths + 0.1 * strengths.mean()) ** (-EVENING / 2)
    axes = directions @ np.diag(weaker / weaker.mean()) @ directions.T
    return np.asarray(np.rint(axes * AXES_SCALE))


def within_occupations(vectors: Floats) -> Floats:
    """Covariance of texts about the mean of their occupation."""
    groups = vectors.reshape(-1, TEXTS_OF_EACH_OCCUPATION, vectors.shape[1])
    rest = (groups - groups.mean(axis=1, keepdims=True)).reshape(vectors.shape)
    return np.asarray(rest.T @ rest / len(rest))


def occupation_places(onet: Path, tables: Table, axes: Floats) -> NDArray[np.int16]:
    """Where occupations lie among long texts: by their titles, their description and their technologies."""
    alternates, tools = alternate_titles(onet), technologies(onet)
    known = occupations(onet)
    titles = [
        unit_vectors([expand_short_forms(title) for title in (name, *alternates.get(code, ()))], tables).mean(axis=0)
        for code, (name, _) in known.items()
    ]
    texts = unit_vectors([posting_text(name, [], description) for name, description in known.values()], tables)
    parts = centred_units(np.array(titles)) + centred_units(texts)
    with_tools = [place for place, code in enumerate(known) if tools.get(code)]
    named = [unit_vectors(tools[code], tables).mean(axis=0) for code in known if tools.get(code)]
    parts[with_tools] += TECHNOLOGY_PARTS * centred_units(np.array(named))
    return quantise(units(parts @ axes))


def centred_units(vectors: Floats) -> Floats:
    """Vectors about their own mean, at unit length."""
    return units(vectors - vectors.mean(axis=0))


def units(vectors: Floats) -> Floats:
    """Vectors at unit length."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def digest_of(folder: Path, description: dict[str, object]) -> str:
    """sha256 over all arrays, the means and the codes."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(np.load(folder / f"{name}.npy", allow_pickle=False).tobytes())
    digest.update(json.dumps([description["means"], description["codes"]], sort_keys=True).encode())
    return digest.hexdigest()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onet", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    folder = options.folder
    tables = read_table(folder)
    made = {kind: unit_vectors(texts, tables) for kind, texts in documents(options.onet).items()}
    axes = evening_axes(list(made.values()))
    np.save(folder / "axes.npy", axes.astype(np.int32))
    np.save(folder / "places.npy", occupation_places(options.onet, tables, axes))
    description = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    description["means"] = {
        kind: [int(value) for value in np.rint(vectors.mean(axis=0) * VECTOR_SCALE)] for kind, vectors in made.items()
    }
    description["sha256"] = digest_of(folder, description)
    (folder / "table.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
