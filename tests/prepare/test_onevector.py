"""Steps that make one column of lists, where other tools' models take vectors."""

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import dtype_name
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Assemble, DateParts, Flatten, OneHot, Pca, SimilarityEncode, VectorizeText

FRAME = pl.DataFrame(
    {
        "a": [1.0, 2.0, None, 5.0, 4.0],
        "b": [0.5, -1.0, 2.0, 2.5, 7.0],
        "town": ["Bonn", "Köln", None, "Bonn", "Jena"],
        "note": ["good day", "", None, "day after day", "night"],
        "time": [datetime(2024, 1, 5, 7), datetime(2024, 2, 6, 8), None, datetime(2023, 12, 31, 9), datetime(2024, 2, 1)],
        "written": ["2024-01-05", "2024-02-06", None, "2023-12-31", "2024-02-01"],
    }
)  # fmt: skip
KINDS = {
    "a": Kind.NUMERIC, "b": Kind.NUMERIC, "town": Kind.CATEGORICAL, "note": Kind.TEXT,
    "time": Kind.DATETIME, "written": Kind.DATETIME,
}  # fmt: skip
SCHEMA = Schema(
    tuple(Column(name, dtype_name(FRAME.schema[name]), kind, protected=name == "town") for name, kind in KINDS.items())
)
STEPS = {
    "pca": lambda **style: Pca(["a", "b"], 2, **style),
    "town_one_hot": lambda **style: OneHot("town", missing="keep", **style),
    "town_similarity": lambda **style: SimilarityEncode("town", n_components=4, **style),
    "note_terms": lambda **style: VectorizeText("note", **style),
    "time_parts": lambda **style: DateParts("time", **style),
    "written_parts": lambda **style: DateParts("written", cyclic=True, **style),
}


def after(*steps: Step) -> pl.DataFrame:
    columns = [name for name in FRAME.columns if name in {c.name for c in steps[0].inputs(SCHEMA)}]
    fitted = Recipe(steps).learn(FRAME.select(columns), SCHEMA.select(columns))
    made: pl.DataFrame = fitted.transform(FRAME)
    assert made.to_dicts() == [fitted.row()(row) for row in FRAME.to_dicts()]
    return made


@pytest.mark.parametrize("name", STEPS)
def test_vector_holds_what_the_columns_would(name: str) -> None:
    step: Any = STEPS[name]
    vector = after(step(output_style="vector"))
    assert vector.schema == {name: pl.List(pl.Float64)}
    columns = after(step())
    assert columns.width > 1
    assert vector[name].to_list() == [list(row) for row in columns.cast(pl.Float64).rows()]
    assert vector.equals(after(step(), Assemble("all", name=name)))
    assert after(step(output_style="vector"), Flatten(name)).rows() == columns.cast(pl.Float64).rows()


def test_every_source_has_its_own_vector_and_protection() -> None:
    done = Recipe([OneHot(["town", "note"], output_style="vector", keep=True)]).learn(FRAME, SCHEMA)
    assert done.transform(FRAME).columns == [*FRAME.columns, "town_one_hot", "note_one_hot"]
    made = done.output_schema["town_one_hot"]
    assert (made.kind, made.sources, made.protected) == (Kind.NESTED, ("town",), True)
    assert not done.output_schema["note_one_hot"].protected


def test_nothing_to_put_into_a_vector() -> None:
    """Without a category to know, a list is empty; without a component, there is no column."""
    nothing = FRAME.with_columns(town=pl.lit(None, pl.String), a=pl.lit(1.0))
    fitted = Recipe([OneHot("town", output_style="vector"), Pca("a", output_style="vector")]).learn(nothing, SCHEMA)
    assert fitted.transform(FRAME)["town_one_hot"].to_list() == [[]] * 5
    assert fitted.row()(FRAME.row(0, named=True))["town_one_hot"] == []
    assert "pca" not in fitted.output_schema
