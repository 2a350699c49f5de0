"""What of stems, words inside and lists is looked at to find skill phrases."""

from __future__ import annotations

from blacklight_skills.phrase_features import features, prepare
from blacklight_skills.phrase_insides import inside_features, list_features, stem_features, stem_of
from blacklight_skills.phrase_words import lexicon

WORDS = ["planning", "routes", ",", "and", "training", "staff", "or", "drivers"]
TAGS = ["VBG", "NNS", ",", "CC", "VBG", "NN", "CC", "NNS"]


def test_forms_of_a_verb_and_of_a_noun_have_one_stem() -> None:
    assert {stem_of(word) for word in ("manage", "managed", "manages", "managing")} == {"manag"}
    assert stem_of("policies") == stem_of("policy")
    assert (stem_of("business"), stem_of("is"), stem_of("e")) == ("busines", "is", "")


def test_items_of_a_list_that_begin_alike_are_told() -> None:
    assert {"q0=VBG|VBG|2", "q1=1|VBG"} <= set(list_features(WORDS, TAGS, 0, 2))
    assert {"q2=VBG|VBG", "q3=1|VBG", "q4=NNS|NN|0"} <= set(list_features(WORDS, TAGS, 4, 6))
    assert list_features(WORDS, TAGS, 1, 2)[1] == "q1=0|NNS"


def test_a_run_that_stands_in_no_list_has_no_neighbours_in_one() -> None:
    assert list_features(["plan", "the", "route", "today"], ["VB", "DT", "NN", "NN"], 2, 3) == []


def test_a_list_inside_a_run_whose_items_begin_like_the_run_is_told() -> None:
    assert "q5=1|VBG" in list_features(WORDS, TAGS, 0, 6)
    assert not [name for name in list_features(WORDS, TAGS, 4, 8) if name.startswith("q5")]


def test_words_inside_and_at_the_borders_are_kept_apart() -> None:
    found = inside_features(["a", "b", "c", "b"], ["DT", "NN", "NN", "NN"], 0, 4)
    assert found == ["h0=a", "h0=b", "h0=c", "h1=b", "h1=c", "h2=DT|NN", "h2=NN|NN"]
    assert stem_features(["a", "b", "c"], ["DT", "NN", "VB"], 1, 2) == [
        "g0=b|1",
        "g1=b|1",
        "g2=b|NN",
        "g3=a|NN",
        "g4=NN|c",
    ]


def test_all_of_them_are_among_the_features_of_a_run() -> None:
    sentence = prepare(WORDS, TAGS, [], lexicon())
    found = set(features(sentence, 4, 6, lexicon()))
    assert {"g0=train|2", "h0=staff", "h2=VBG|NN", "q3=1|VBG"} <= found
