"""Appending rows keeps the contract of steps."""

import pytest
from tests.prepare.rows import SCHEMA, cases, check_every_value, every_value

from clew.prepare.step import Step
from clew.prepare.steps import Concatenate
from clew.testing.step import check_step

MORE = ({"who": 5}, {"who": None}, {"who": 0})

CASES = [
    Concatenate(MORE),
    Concatenate(MORE, remove_duplicates=True, source="from", labels=("here", "there")),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@pytest.mark.parametrize("step", CASES)
def test_contract_on_other_columns(step: Concatenate, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file with every kind of column, some rows of which are there already."""
    frame = every_value().drop("series", "real", "single", "rate")
    path = tmp_path_factory.mktemp("more") / "more.parquet"
    frame.head(4).write_parquet(path)
    check_step(Concatenate(str(path), step.remove_duplicates, step.source), frame, SCHEMA.select(frame.columns))
