"""Build `data/phrase_words.tsv` and `data/phrase_weights.tsv`, which skill phrases are read with.

    python build_phrases.py --data DIR [--words-only] [--target DIR]

`--data` holds `esco_skills_flat`, `onet_27` and `green2022_skill_spans`. The words are those of `phrase_words.txt`,
those that ESCO's labels begin and end with, and the nouns of O*NET's alternate titles. The weights are learned on two
thirds of the sentences of green2022 (`training_part`; the other third is for bench Q3 and never read here; sentences
that share five neighbouring words stay together) and on our own in `phrase_sentences*.txt`, which count OWN each. A
semi-Markov random field with a Gaussian prior, fitted by L-BFGS: about half a minute. PRIOR, OWN and the threshold in
`phrases.py` were chosen by cross-validation within the two thirds. Tags of words come from `build_word_tags.py`.
Needs numpy and scipy, as the matching service has them. Of sentences only the words that are telling are kept.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from blacklight_skills.phrase_features import MAX_WORDS, candidates, features
from blacklight_skills.phrase_words import lexicon
from blacklight_skills.phrases import WEIGHT_UNIT, Piece, pieces
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

TARGET = Path(__file__).parent.parent / "src/blacklight_skills/data"
WORDS = Path(__file__).parent / "phrase_words.txt"
SENTENCES = tuple(Path(__file__).parent / f"phrase_sentences{part}.txt" for part in ("", "_more"))
SEED = 20261123
PRIOR = 3.0
OWN = 0.5
ROUNDS = 60
SEEN = 8
SMALLEST = 3
_NEVER = -1e9

Floats = NDArray[np.float64]
Indexes = NDArray[np.intp]
Span = tuple[int, int]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the set and its spans by kind."""

    text: str
    spans: list[tuple[int, int, str]]

    @property
    def skills(self) -> set[Span]:
        return {(start, end) for start, end, kind in self.spans if kind == "Skill"}


def read_conll(path: Path) -> list[Sentence]:
    """Sentences of a file of "word tag" lines, words joined by blanks."""
    sentences: list[Sentence] = []
    rows: list[tuple[str, str]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        parts = line.split()
        if parts:
            rows.append((parts[0] if len(parts) > 1 else "", parts[-1]))
        elif rows:
            sentences.append(_sentence(rows))
            rows = []
    return sentences


def _sentence(rows: list[tuple[str, str]]) -> Sentence:
    text, going = "", ""
    spans: list[tuple[int, int, str]] = []
    for word, tag in rows:
        text += " " if text and word else ""
        start, text = len(text), text + word
        kind = tag[2:]
        if kind and tag[0] == "I" and kind == going:
            spans[-1] = (spans[-1][0], len(text), kind)
        elif kind:
            spans.append((start, len(text), kind))
        going = kind
    return Sentence(text, spans)


def held_back(sentences: list[Sentence]) -> set[int]:
    """The third of the sentences that figures are for; those that share five words in a row go together."""
    groups = _related(sentences)
    random.Random(SEED).shuffle(groups)
    held: set[int] = set()
    for group in groups:
        if len(held) < len(sentences) // 3:
            held.update(group)
    return held


def _related(sentences: list[Sentence]) -> list[list[int]]:
    leader = list(range(len(sentences)))

    def find(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    seen: dict[tuple[str, ...], int] = {}
    for index, sentence in enumerate(sentences):
        words = re.findall(r"\w+", sentence.text.lower())
        for at in range(len(words) - 4):
            other = seen.setdefault(tuple(words[at : at + 5]), index)
            leader[find(index)] = find(other)
    groups = defaultdict(list)
    for index in range(len(sentences)):
        groups[find(index)].append(index)
    return sorted(groups.values())


def hand_written(path: Path) -> dict[str, set[str]]:
    """The lists of `phrase_words.txt`: words under "[kind]"."""
    kinds: dict[str, set[str]] = {}
    kind = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            kinds.setdefault(kind, set()).update(line.split())
    return kinds


def write_words(data: Path, target: Path) -> None:
    """Verbs and nouns of at least three ESCO labels, nouns that end at least 15 O*NET titles."""
    verbs: Counter[str] = Counter()
    nouns: Counter[str] = Counter()
    with (data / "esco_skills_flat/skills.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            label = re.sub(r"\s*\(.*?\)", "", row["preferred_label_if_aligned"].lower())
            words = re.findall(r"[a-z]+", label)
            if len(words) > 1:
                verbs[words[0]] += 1
                nouns[words[-1]] += 1
    people: Counter[str] = Counter()
    with (data / "onet_27/alternate_titles.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            words = re.findall(r"[a-z]+", re.sub(r"\(.*?\)", "", row["Alternate Title"]).lower())
            people.update(word for word in words[-1:] if not word.endswith("ing"))
    kinds = hand_written(WORDS)
    for kind, counts, least in (("verb", verbs, 3), ("noun", nouns, 3), ("occupation", people, 15)):
        kinds[kind] = {word for word, count in counts.items() if count >= least}
    lines_out = ["# kind\twords; made by tools/build_phrases.py, see NOTICE"]
    lines_out += [f"{kind}\t{' '.join(sorted(words))}" for kind, words in kinds.items()]
    (target / "phrase_words.tsv").write_text("\n".join(lines_out) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Examples:
    """All runs of all pieces: features (runs x names), piece, end, length, whether it is a phrase.

    Attributes:
        words, counts: of each piece, its length and how much it counts.
    """

    names: list[str]
    matrix: csr_matrix
    piece: Indexes
    end: Indexes
    length: Indexes
    right: Floats
    words: Indexes
    counts: Floats


def examples(sentences: list[Sentence], own: list[Sentence]) -> Examples:
    """Runs of the sentences, our own counting less; names that no phrase has are kept only when seen often enough."""
    found: list[tuple[int, int, int, bool, list[str]]] = []
    words: list[int] = []
    counts: list[float] = []
    for sentence, count in [(each, 1.0) for each in sentences] + [(each, OWN) for each in own]:
        for piece in pieces(sentence.text):
            found += _runs(len(words), piece, sentence.skills)
            words.append(len(piece.tokens.words))
            counts.append(count)
    seen = Counter(name for *_rest, names in found for name in names)
    of_phrases = {name for *_rest, right, names in found if right for name in names}
    names = sorted(name for name, count in seen.items() if name in of_phrases or count >= SEEN)
    number = {name: index for index, name in enumerate(names)}
    rows = [row for row, (*_rest, have) in enumerate(found) for name in have if name in number]
    columns = [number[name] for *_rest, have in found for name in have if name in number]
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(found), len(names)))
    of_piece, end, length = (np.array([run[part] for run in found], dtype=np.intp) for part in range(3))
    is_right = np.array([run[3] for run in found], dtype=np.float64)
    return Examples(names, matrix, of_piece, end, length, is_right, np.array(words, dtype=np.intp), np.array(counts))


def _runs(number: int, piece: Piece, skills: set[Span]) -> list[tuple[int, int, int, bool, list[str]]]:
    starts, ends = piece.tokens.starts, piece.tokens.ends
    runs = []
    for first, end in candidates(piece.tokens.words, lexicon()):
        right = (piece.offset + starts[first], piece.offset + ends[end - 1]) in skills
        runs.append((number, end, end - first, right, features(piece.sentence, first, end, lexicon())))
    return runs


def sums(data: Examples, scores: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the sum over all choices for each piece, and the probability of each run."""
    order = np.argsort(-data.words, kind="stable")
    place = np.argsort(order, kind="stable")[data.piece]
    words = data.words[order]
    begin, rest = data.end - data.length, data.words[data.piece] - data.end
    forward = _forward(words, place, data.end, data.length, scores)
    backward = _forward(words, place, data.words[data.piece] - begin, data.length, scores)
    total = forward[np.arange(len(words)), MAX_WORDS + words]
    around = forward[place, MAX_WORDS + begin] + backward[place, MAX_WORDS + rest]
    likely = np.exp(np.minimum(0, around + scores - total[place]))
    in_order = np.empty_like(total)
    in_order[order] = total
    return in_order, likely


def _forward(words: Indexes, place: Indexes, end: Indexes, length: Indexes, scores: Floats) -> Floats:
    """Sums over all choices within the first words of each piece, from column MAX_WORDS on; longest pieces first."""
    most = int(words[0])
    at = np.full((len(words), most + 1, MAX_WORDS + 1), _NEVER)
    at[place, end, length] = scores
    sums_so_far = np.full((len(words), MAX_WORDS + most + 1), _NEVER)
    sums_so_far[:, MAX_WORDS] = 0
    for index in range(1, most + 1):
        count, now = int(np.count_nonzero(words >= index)), MAX_WORDS + index
        ways = sums_so_far[:count, index:now][:, ::-1] + at[:count, index, 1:]
        ways = np.concatenate([sums_so_far[:count, now - 1 : now], ways], axis=1)
        highest = ways.max(axis=1)
        sums_so_far[:count, now] = highest + np.log(np.exp(ways - highest[:, None]).sum(axis=1))
    return sums_so_far


def learn(data: Examples) -> Floats:
    """The weights that make the training part most likely under the prior."""
    transposed = data.matrix.T.tocsr()
    counts = data.counts[data.piece]

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = data.matrix @ weights
        total, likely = sums(data, scores)
        value = total @ data.counts - scores @ (data.right * counts) + PRIOR / 2 * (weights @ weights)
        return float(value), transposed @ ((likely - data.right) * counts) + PRIOR * weights

    found = minimize(loss, np.zeros(len(data.names)), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    weights: Floats = found.x
    return weights


def write_weights(data: Examples, weights: Floats, target: Path) -> None:
    """Weights in whole hundredths, without those too small to matter."""
    rows = ["# feature\tweight in hundredths; made by tools/build_phrases.py, see NOTICE"]
    for name, weight in zip(data.names, np.rint(weights * WEIGHT_UNIT).astype(int), strict=True):
        if abs(weight) >= SMALLEST:
            rows.append(f"{name}\t{weight}")
    (target / "phrase_weights.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def training_part(data: Path) -> list[Sentence]:
    """The two thirds to learn from."""
    sentences = read_conll(data / "green2022_skill_spans/testset.conll.txt")
    held = held_back(sentences)
    return [sentence for index, sentence in enumerate(sentences) if index not in held]


def own_sentences(*paths: Path) -> list[Sentence]:
    """The sentences written for the project, with what stands in brackets marked."""
    found: list[Sentence] = []
    for line in (line for path in paths or SENTENCES for line in path.read_text(encoding="utf-8").splitlines()):
        text, spans = "", list[tuple[int, int, str]]()
        for part in re.split(r"(\[[^]]*\])", "" if line.startswith("#") else line):
            phrase = part.strip("[]") if part.startswith("[") else ""
            if phrase:
                spans.append((len(text), len(text) + len(phrase), "Skill"))
            text += phrase or part
        if text:
            found.append(Sentence(text, spans))
    return found


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words-only", action="store_true")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    write_words(options.data, options.target)
    if not options.words_only:
        found = examples(training_part(options.data), own_sentences())
        write_weights(found, learn(found), options.target)


if __name__ == "__main__":
    main()
