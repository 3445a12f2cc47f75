"""What the steps on spellings give: numbers that say how alike two texts are, and groups that can be read."""

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import MergeSpellings, SimilarityEncode
from clew.prepare.textual.minhash import MinHash
from clew.prepare.textual.spelling import Neighbours, edit_distance, normal_form, numbers_in

SCHEMA = Schema((Column("x", "String", Kind.CATEGORICAL),))
TOWNS = ["New York"] * 9 + ["new  york", "New Yrok", "NEW-YORK", "Málaga", "Malaga", "Malaga", None, "Paris"]
spelt = st.text("abc1", max_size=9)


def fit(step: Step, values: list[Any]) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    fitted: FittedRecipe
    done = Recipe([step]).prepare(frame, SCHEMA)
    fitted, after = done.recipe, done.frame
    assert after.to_dicts() == [fitted.row()(row) for row in frame.to_dicts()]
    return fitted, after


def new(fitted: FittedRecipe, value: str) -> str | None:
    result: str | None = fitted.transform(pl.DataFrame({"x": [value]}))["x"][0]
    assert fitted.row()({"x": value})["x"] == result
    return result


class TestSimilarity:
    def test_numbers_never_change(self) -> None:
        """Models were trained with them."""
        _, after = fit(SimilarityEncode("x", n_components=3), ["California", "", "日本"])
        assert after.columns == ["x_similarity_1", "x_similarity_2", "x_similarity_3"]
        assert (after.to_numpy() * 2**32).astype(int).tolist() == [
            [464765621, 174055400, 18447950],
            [3381240286, 3700737003, 2402393656],
            [1544963788, 223088078, 3973164687],
        ]

    def test_share_of_equal_numbers_is_the_share_of_common_pieces(self) -> None:
        """Among 2000 numbers a share is off by 0.011 in the mean, and by 0.045 hardly ever."""
        words = ["California", "Calfornia", "Caliphornia", "Nevada", "New Mexico", "New  Mexico"]
        numbers = MinHash(2000, 3).of_column(pl.Series(words))
        for (a, left), (b, right) in combinations(enumerate(words), 2):
            one, other = ({f" {word} "[i : i + 3] for i in range(len(word))} for word in (left, right))
            assert (numbers[a] == numbers[b]).mean() == pytest.approx(len(one & other) / len(one | other), abs=0.045)

    def test_numbers_are_spread_evenly(self) -> None:
        """The smallest of m uniform hashes has the mean 1 / (m + 1)."""
        letters = np.random.default_rng(0).integers(0x4E00, 0x9000, size=(500, 6))
        words = ["".join(map(chr, word)) for word in letters]
        numbers = MinHash(40, 3).of_column(pl.Series(words))
        assert numbers.mean() == pytest.approx(1 / 7, rel=0.05)
        assert np.abs(np.corrcoef(numbers.T) - np.eye(40)).max() < 0.25

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.text(), min_size=1), st.integers(1, 6), st.integers(1, 5))
    def test_many_texts_and_one_agree(self, texts: list[str], width: int, size: int) -> None:
        found = MinHash(width, size)
        assert [tuple(row) for row in found.of_column(pl.Series(texts)).tolist()] == [
            found.of_text(text) for text in texts
        ]

    def test_a_cell_of_a_megabyte_among_others(self) -> None:
        found = MinHash(2, 3)
        texts = ["a", "word " * 200_000, "b"]
        assert [tuple(row) for row in found.of_column(pl.Series(texts)).tolist()] == [found.of_text(t) for t in texts]

    def test_options_must_make_sense(self) -> None:
        with pytest.raises(ConfigError, match="`ngram: 0`; 1 to 10"):
            fit(SimilarityEncode("x", ngram=0), ["a"])
        with pytest.raises(ConfigError, match="`n_components: 0`"):
            fit(SimilarityEncode("x", n_components=0), ["a"])


class TestMerging:
    def test_most_frequent_spelling_wins(self) -> None:
        fitted, after = fit(MergeSpellings("x", threshold=0.85), TOWNS)
        assert after["x"].to_list() == ["New York"] * 12 + ["Malaga"] * 3 + [None, "Paris"]
        assert fitted.learned()["steps"][0]["learned"]["x"] == {
            "spellings": 7,
            "groups": 3,
            "not_compared": 0,
            "merged": {
                "New York": {"New York": 9, "NEW-YORK": 1, "new  york": 1, "New Yrok": 1},
                "Malaga": {"Malaga": 2, "Málaga": 1},
            },
            "merged_groups_not_shown": 0,
        }

    def test_unseen_spellings(self) -> None:
        fitted, _ = fit(MergeSpellings("x", threshold=0.85), TOWNS)
        assert [new(fitted, value) for value in ("new york!", "Now York", "MÁLAGA", "Lyon", "")] == [
            "New York",
            "New York",
            "Malaga",
            "Lyon",
            "",
        ]
        kept, _ = fit(MergeSpellings("x", unseen="keep"), TOWNS)
        assert [new(kept, value) for value in ("new york!", "NEW-YORK")] == ["new york!", "New York"]
        gone, _ = fit(MergeSpellings("x", unseen="missing"), TOWNS)
        assert [new(gone, value) for value in ("new york!", "NEW-YORK")] == [None, "New York"]

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("South Carolina", "North Carolina"),
            ("Austria", "Australia"),
            ("male", "female"),
            ("Model 1234567", "Model 1234568"),
            ("2019-12-31", "2018-12-31"),
            ("Iran", "Iraq"),
            ("C++", "C"),
        ],
    )
    def test_different_things_stay_apart(self, left: str, right: str) -> None:
        expected = [left, left, right]
        assert fit(MergeSpellings("x", normalize=left != "C++"), expected)[1]["x"].to_list() == expected

    def test_groups_do_not_grow_into_chains(self) -> None:
        values = ["abcdefghij"] * 3 + ["abcdefghiX"] * 2 + ["abcdefghYX"]
        assert fit(MergeSpellings("x"), values)[1]["x"].to_list() == ["abcdefghij"] * 5 + ["abcdefghYX"]

    def test_rare_spellings_beyond_the_limit_are_left_alone(self) -> None:
        values = ["abcdefghij"] * 3 + ["ABCDEFGHIJ", "abcdefghiX"]
        fitted, after = fit(MergeSpellings("x", max_categories=1), values)
        assert after["x"].to_list() == ["abcdefghij"] * 4 + ["abcdefghiX"]
        assert fitted.learned()["steps"][0]["learned"]["x"]["not_compared"] == 1

    def test_long_texts_are_not_compared(self) -> None:
        values = ["x" * 1_000_000, "x" * 999_999 + "y"]
        assert fit(MergeSpellings("x"), values)[1]["x"].to_list() == values

    def test_options_must_make_sense(self) -> None:
        with pytest.raises(ConfigError, match="`threshold: 0.5`; 0.7 to 1"):
            fit(MergeSpellings("x", threshold=0.5), ["a"])


class TestSpelling:
    @pytest.mark.parametrize(
        ("text", "form"),
        [
            ("  \uff2eew\u00a0York, N.Y. ", "new york n y"),
            ("STRASSE straße", "strasse strasse"),
            ("Ångström", "angstrom"),
            ("?!", "?!"),
            ("日本", "日本"),
        ],
    )
    def test_normal_forms(self, text: str, form: str) -> None:
        assert normal_form(text) == form

    @settings(max_examples=500, deadline=None)
    @given(spelt, spelt)
    def test_edits_are_those_of_the_textbook(self, left: str, right: str) -> None:
        assert edit_distance(left, right) == slow_distance(left, right)
        assert edit_distance(left, right) == edit_distance(right, left)

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(spelt.filter(bool), min_size=1, max_size=30, unique=True),
        spelt.filter(bool),
        st.sampled_from([0.7, 0.8, 0.9]),
    )
    def test_nobody_near_is_overlooked(self, known: list[str], text: str, threshold: float) -> None:
        near = []
        for position, other in enumerate(known):
            longer, edits = max(len(text), len(other)), slow_distance(text, other)
            if edits <= (1 - threshold) * longer + 1e-9 and numbers_in(text) == numbers_in(other):
                near.append((edits / longer, position))
        assert Neighbours(threshold, known).nearest(text) == (min(near)[1] if near else None)


def slow_distance(left: str, right: str) -> int:
    table = {(i, j): i or j for i in range(len(left) + 1) for j in range(len(right) + 1) if not i or not j}
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (left[i - 1] != right[j - 1])]
            if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(left), len(right)]
