"""Parts of speech of words: by the sentence around them, signs and numbers by themselves, the table's form."""

from __future__ import annotations

from pathlib import Path

from blacklight_skills.tokens import tokenize
from blacklight_skills.word_tags import read_tags, tag_words, word_tags
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).resolve().parents[1] / "src/blacklight_skills/data"


def tags(text: str) -> dict[str, str]:
    tokens = tokenize(text)
    found = tag_words(tokens.words, [text[start].isupper() for start in tokens.starts])
    return dict(zip(tokens.words, found, strict=True))


def test_a_word_is_tagged_by_the_sentence_around_it() -> None:
    assert tags("You will plan the work of others")["plan"] == "VB"
    assert tags("You will follow the plan of the board")["plan"] == "NN"
    assert tags("Responsible for managing suppliers")["managing"] == "VBG"


def test_signs_and_numbers_are_tagged_as_what_they_are() -> None:
    found = tags("3 years, or 2nd line (C++)")
    assert found["3"] == found["2nd"] == "CD"
    assert [found[sign] for sign in ",()+"] == [",", "(", ")", "+"]


@given(st.text(max_size=80))
def test_every_word_of_any_text_gets_one_known_tag(text: str) -> None:
    known = set(word_tags().tags) | set(word_tags().always.values()) | {"CD"}
    for word, tag in tags(text).items():
        assert tag in known or tag == word


def test_of_tags_with_equal_sums_the_first_by_name_is_taken() -> None:
    table = read_tags(iter(["clue\tw=x\tB:3", "clue\ts=x\tA:3"]))
    assert tag_words(["x"], [False], table) == ["A"]


def test_a_tag_depends_on_the_tags_before_it() -> None:
    table = read_tags(iter(["always\tto\tTO", "clue\tp=TO\tVB:9", "clue\tw=plan\tNN:5"]))
    assert tag_words(["to", "plan"], [False, False], table) == ["TO", "VB"]
    assert tag_words(["plan", "to"], [False, False], table) == ["NN", "TO"]


def test_every_weight_of_the_table_is_a_whole_number_that_matters() -> None:
    rows = [line.split("\t") for line in (DATA / "word_tags.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    weights = [int(item.rpartition(":")[2]) for kind, _clue, row in rows if kind == "clue" for item in row.split(" ")]
    assert {kind for kind, *_rest in rows} == {"always", "clue"}
    assert len({(kind, name) for kind, name, _row in rows}) == len(rows)
    assert min(abs(weight) for weight in weights) >= 15
