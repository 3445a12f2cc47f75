import polars as pl
import pytest

from clew.core.errors import SchemaError
from clew.deploy.answer import label_type, probability_columns
from clew.deploy.batch import ignored_columns, predict


def test_rows_come_out_in_the_order_given(bundle, rows):
    found = predict(bundle, rows)
    assert found.columns == ["prediction", "probability_no", "probability_yes"]
    backwards = predict(bundle, rows.reverse())
    assert found.equals(backwards.reverse())
    assert found.equals(predict(bundle.model, rows))


def test_chunks_change_nothing_but_the_memory(bundle, rows):
    said = []
    found = predict(bundle, rows, chunk_rows=7, progress=lambda message, done=None: said.append((message, done)))
    assert found.equals(predict(bundle, rows))
    assert said[-1] == ("predicting", 1.0)
    assert len(said) == 9


def test_no_rows_give_the_same_columns(bundle, number_bundle, rows):
    for model in (bundle, number_bundle):
        assert predict(model, rows.head(0)).schema == predict(model, rows).schema
        assert len(predict(model, rows.head(0))) == 0


def test_a_regression_has_one_column(number_bundle, rows):
    assert predict(number_bundle, rows).schema == {"prediction": pl.Float64}


def test_any_frame_will_do(bundle, rows):
    expected = predict(bundle, rows)
    assert predict(bundle, rows.to_pandas()).equals(expected)
    assert predict(bundle, rows.to_arrow()).equals(expected)


def test_unknown_columns_are_ignored_and_named(bundle, rows):
    said = []
    wider = rows.with_columns(shoe_size=pl.lit(43))
    found = predict(bundle, wider, progress=lambda message, _done=None: said.append(message))
    assert found.equals(predict(bundle, rows))
    assert "shoe_size" in said[0]
    assert ignored_columns(bundle.model, wider) == ("shoe_size",)


def test_a_missing_column_is_named(bundle, rows):
    with pytest.raises(SchemaError, match="'plan'"):
        predict(bundle, rows.drop("plan"))


def test_a_new_category_is_no_problem(bundle, rows):
    assert len(predict(bundle, rows.with_columns(city=pl.lit("Atlantis")))) == len(rows)


def test_labels_keep_their_type():
    assert label_type((False, True)) is pl.Boolean
    assert label_type((0, 1, 2)) is pl.Int64
    assert label_type((0.5, 1.5)) is label_type(()) is pl.Float64
    assert label_type(("a", "b")) is pl.String
    assert probability_columns((False, True)) == ("probability_false", "probability_true")
