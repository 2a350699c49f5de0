"""The tool that learns the weights of skill phrases: its sentences, its split and its sums."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from blacklight_skills.phrase_features import candidates
from blacklight_skills.phrase_words import lexicon
from blacklight_skills.phrases import pieces, probabilities

TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_phrases", TOOLS / "build_phrases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_what_stands_in_brackets_is_the_phrase(tool: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "sentences.txt"
    path.write_text("# a remark\nYou [plan work] and [lead].\nNothing here.\n", encoding="utf-8")
    first, second = tool.own_sentences(path)
    assert first.text == "You plan work and lead."
    assert first.skills == {(4, 13), (18, 22)}
    assert (second.text, second.skills) == ("Nothing here.", set())
    assert len(tool.own_sentences(path, path)) == 4


def test_every_phrase_of_our_own_sentences_can_be_read_at_all(tool: ModuleType) -> None:
    unreadable = []
    for sentence in tool.own_sentences():
        readable = {
            (piece.offset + piece.tokens.starts[first], piece.offset + piece.tokens.ends[end - 1])
            for piece in pieces(sentence.text)
            for first, end in candidates(piece.tokens.words, lexicon())
        }
        unreadable += [sentence.text[start:end] for start, end in sentence.skills - readable]
    assert unreadable == []


def test_sentences_that_share_five_words_are_held_back_together(tool: ModuleType) -> None:
    texts = [f"{index} ask for nothing at all but" for index in range(30)]
    texts += [f"{index} would like to be paid well" for index in range(6)]
    held = tool.held_back([tool.Sentence(text, []) for text in texts])
    assert 0 < len(held) < len(texts)
    assert len(held & set(range(30))) in (0, 30)
    assert len(held & set(range(30, 36))) in (0, 6)


def test_the_tool_and_the_reader_agree_on_probabilities(tool: ModuleType) -> None:
    chance = np.random.default_rng(7)
    lengths = [5, 1, 8]
    runs = [
        [(first, end) for first, end in itertools.combinations(range(count + 1), 2) if chance.random() < 0.7]
        for count in lengths
    ]
    flat = [(piece, *run) for piece, found in enumerate(runs) for run in found]
    scores = chance.normal(size=len(flat))
    piece, first, end = (np.array([row[part] for row in flat]) for part in range(3))
    data = tool.Examples(
        [], None, piece, end, end - first, np.zeros(len(flat)), np.array(lengths), np.ones(len(lengths))
    )
    _total, likely = tool.sums(data, scores)
    for index, found in enumerate(runs):
        mine = [float(score) for score in scores[piece == index]]
        assert likely[piece == index] == pytest.approx(probabilities(found, mine, lengths[index]))
