"""What the steps on free text give, beside scikit-learn's results and figures that can be checked by hand."""

import math
import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import TextStatistics, TextSvd, VectorizeText
from clew.prepare.textual.hashing import hash_of, mix, mixed

SCHEMA = Schema((Column("x", "String", Kind.TEXT, protected=True),))
SHORT = ["a b b", "B c", None, "", "c c c d"]


def sentences(rows: int, seed: int = 0) -> list[str]:
    """Return texts of two topics."""
    draw = random.Random(seed)  # noqa: S311 - texts, no secrets
    topics = [[f"sea{i}" for i in range(40)], [f"sky{i}" for i in range(40)]]
    return [
        " ".join(draw.choices(topics[row % 2], k=12) + draw.choices(["the", "of", "and"], k=6)) for row in range(rows)
    ]


def fit(step: Step, texts: list[Any]) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    fitted: FittedRecipe
    done = Recipe([step]).prepare(frame, SCHEMA)
    fitted, after = done.recipe, done.frame
    assert after.to_dicts() == [fitted.row()(row) for row in frame.to_dicts()]
    return fitted, after


class TestStatistics:
    def test_all_figures(self) -> None:
        step = TextStatistics(
            "x", figures=("words", "characters", "upper_share", "lower_share", "digit_share", "special_share")
        )
        (row,) = fit(step, ["Ab é 1%#"])[1].to_dicts()
        assert row == {
            "x_words": 4.0 - 1.0,
            "x_characters": 8.0,
            "x_upper_share": 1 / 8,
            "x_lower_share": 2 / 8,
            "x_digit_share": 1 / 8,
            "x_special_share": 2 / 8,
        }

    def test_default_stays_as_it_was(self) -> None:
        assert fit(TextStatistics("x"), ["a"])[1].columns == [
            f"x_{figure}" for figure in ("characters", "words", "digit_share", "upper_share", "punctuation_share")
        ]

    def test_the_same_figure_twice_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="each of them once"):
            fit(TextStatistics("x", figures=("words", "words")), ["a"])


class TestVectorize:
    def test_terms_are_counted_most_frequent_first(self) -> None:
        _, after = fit(VectorizeText("x"), SHORT)
        assert after.columns == ["x=c", "x=b", "x=a", "x=d"]
        assert after.rows() == [(0, 2, 1, 0), (1, 1, 0, 0), (None,) * 4, (0, 0, 0, 0), (3, 0, 0, 1)]

    def test_counts_are_those_of_scikit_learn(self) -> None:
        texts = sentences(300)
        _, after = fit(VectorizeText("x", max_vocabulary=50), texts)
        peer = CountVectorizer(token_pattern=r"\S+", vocabulary=[name.removeprefix("x=") for name in after.columns])  # noqa: S106
        assert (after.to_numpy() == peer.fit_transform(texts).toarray()).all()
        ours = after.sum().row(0)
        assert list(ours) == sorted(ours, reverse=True)

    @pytest.mark.parametrize(
        ("options", "terms"),
        [
            ({"min_document_frequency": 2}, ["c", "b"]),
            ({"min_document_frequency": 0.5}, ["c", "b"]),
            ({"max_document_frequency": 0.25}, ["a", "d"]),
            ({"max_document_frequency": 1}, ["a", "d"]),
            ({"max_vocabulary": 1}, ["c"]),
        ],
        ids=str,
    )
    def test_limits_of_the_vocabulary(self, options: dict[str, Any], terms: list[str]) -> None:
        assert fit(VectorizeText("x", **options), SHORT)[1].columns == [f"x={term}" for term in terms]

    def test_a_row_may_ask_for_more_than_one(self) -> None:
        assert fit(VectorizeText("x", min_term_frequency=2), SHORT)[1]["x=c"].to_list() == [0, 0, None, 0, 3]
        share = fit(VectorizeText("x", min_term_frequency=0.5, binary=True), SHORT)[1]
        assert share["x=b"].to_list() == [1, 1, None, 0, 0]

    def test_weights_are_those_of_spark(self) -> None:
        fitted, after = fit(VectorizeText("x", idf=True, idf_min_document_frequency=2), SHORT)
        weight = math.log(5 / 3)  # four texts, two of them with the term
        assert after["x=c"].to_list() == [0.0, pytest.approx(weight), None, 0.0, pytest.approx(3 * weight)]
        assert after["x=a"].to_list() == [0.0, 0.0, None, 0.0, 0.0]
        learnt = fitted.learned()["steps"][0]["learned"]["x"]
        assert (learnt["rows"], learnt["terms_kept"]) == (4, 4)
        assert learnt["most_frequent"][0] == {"term": "c", "rows": 2, "count": 4, "weight": pytest.approx(weight)}

    def test_tokenizers(self) -> None:
        def terms(**options: Any) -> set[str]:
            columns = fit(VectorizeText("x", **options), ["Say: 'Hello-World'\u2009IT", "other"])[1].columns
            return {name.removeprefix("x=") for name in columns}

        assert terms() == {"say:", "'hello-world'", "it", "other"}
        assert terms(tokenizer="words") == {"say", "hello", "world", "it", "other"}
        assert terms(tokenizer="custom", min_token_length=3) == {"say:", "'hello-world'", "other"}
        assert terms(tokenizer="custom", pattern="[A-Z][a-z]*", gaps=False, lowercase=False) == {
            "Say",
            "Hello",
            "World",
            "I",
            "T",
        }
        assert terms(tokenizer="custom", pattern="-", lowercase=False) == {"Say: 'Hello", "World'\u2009IT", "other"}

    def test_hashing_is_the_same_everywhere(self) -> None:
        """Fixed figures: they must never change, since models were trained with them."""
        _, after = fit(VectorizeText("x", vectorizer="hashing", n_features=8), ["one two two", "drei 日本", None])
        assert after.columns == [f"x_hash_{number}" for number in range(8)]
        assert after.rows() == [(0, 1, 0, 0, 2, 0, 0, 0), (1, 0, 1, 0, 0, 0, 0, 0), (None,) * 8]
        # The check value of CRC-32 is 0xCBF43926, and the finalizer of MurmurHash3 turns 1 into 0x514E28B7.
        assert (mix(1), hash_of("123456789")) == (0x514E28B7, mix(0xCBF43926))
        assert mixed(np.array([0, 1, 2**32 - 1], dtype=np.uint32)).tolist() == [0, mix(1), mix(2**32 - 1)]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"pattern": ","}, "Add `tokenizer: custom`"),
            ({"tokenizer": "custom", "pattern": "a*"}, "may match nothing at all"),
            ({"tokenizer": "custom", "pattern": "(?=a)"}, "looks ahead"),
            ({"max_vocabulary": 262_144}, "`max_vocabulary: 262144`, each a column; at most 10000.*text_svd"),
            ({"min_document_frequency": 1.5}, "`min_document_frequency: 1.5`; a whole number"),
            ({"min_token_length": 0, "tokenizer": "custom"}, "1 or more"),
        ],
        ids=str,
    )
    def test_options_must_make_sense(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            fit(VectorizeText("x", **options), SHORT)

    def test_numbers_are_no_texts(self) -> None:
        with pytest.raises(RecipeError, match="'x' holds Int64, and vectorize_text works on texts"):
            Recipe([VectorizeText("x")]).learn(
                pl.DataFrame({"x": [1]}), Schema((Column("x", "Int64", Kind.CATEGORICAL),))
            )


class TestSvd:
    @pytest.mark.parametrize("sublinear", [True, False])
    def test_numbers_are_those_of_scikit_learn(self, sublinear: bool) -> None:
        """Up to the sign of each direction, and to weights that are rounded to 1/128 and 1/256."""
        texts = sentences(400)
        _, after = fit(TextSvd("x", n_components=2, sublinear_tf=sublinear), texts)
        peer = TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=sublinear)  # noqa: S106 - of texts
        theirs = TruncatedSVD(2, algorithm="arpack", random_state=0).fit_transform(peer.fit_transform(texts))
        signs = np.sign((after.to_numpy() * theirs).sum(axis=0))
        assert np.abs(after.to_numpy() * signs - theirs).max() < 5e-3

    def test_topics_are_told_apart_and_readable(self) -> None:
        fitted, after = fit(TextSvd("x", n_components=2), sentences(400))
        sides = after["x_svd_2"].to_numpy() > 0
        assert (sides[::2] == sides[0]).all()
        assert (sides[1::2] != sides[0]).all()
        learnt = fitted.learned()["steps"][0]["learned"]["x"]
        ends = learnt["directions"][1]
        assert {word[:3] for word in ends["high"]} != {word[:3] for word in ends["low"]}
        assert 0 < learnt["share_explained"] < 1
        made = fitted.output_schema["x_svd_1"]
        assert (made.raw_sources, made.protected, made.direction) == (("x",), True, Direction.LOSES)

    def test_order_of_words_changes_no_bit(self) -> None:
        fitted, _ = fit(TextSvd("x", n_components=5), sentences(200))
        words = sentences(1, seed=7)[0].split() * 50
        run, draw = fitted.row(), random.Random(0)  # noqa: S311
        expected = run({"x": " ".join(words)})
        for _ in range(20):
            draw.shuffle(words)
            assert run({"x": " ".join(words)}) == expected

    def test_what_training_texts_cannot_tell_is_zero(self) -> None:
        _, after = fit(TextSvd("x", n_components=4, min_document_frequency=1), ["a b", "a b", "c", None, "?"])
        assert after.columns == [f"x_svd_{number}" for number in range(1, 5)]
        assert after["x_svd_1"].to_list() == [pytest.approx(1.0, abs=1e-3)] * 2 + [0.0, None, 0.0]
        assert after["x_svd_3"].to_list() == [0.0, 0.0, 0.0, None, 0.0]

    def test_a_cell_of_a_megabyte(self) -> None:
        fitted, _ = fit(TextSvd("x", n_components=3), sentences(200))
        cell = " ".join(sentences(12_000, seed=3))
        assert len(cell) > 1_000_000
        columns = fitted.transform(pl.DataFrame({"x": [cell, "sea1"]})).row(0, named=True)
        assert columns == fitted.row()({"x": cell})
        assert 0 < columns["x_svd_1"] < 1

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"n_components": 0}, "1 to 1000"),
            ({"max_vocabulary": 10**6}, "above 262144"),
            ({"gaps": False}, "tokenizer: custom"),
        ],
        ids=str,
    )
    def test_options_must_make_sense(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            fit(TextSvd("x", **options), SHORT)
