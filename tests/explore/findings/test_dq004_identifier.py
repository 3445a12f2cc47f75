import numpy as np
import polars as pl
import pytest

from clew.core.schema import Role

ROWS = 2000
RNG = np.random.default_rng(0)

IDENTIFIERS = {
    "a code": ("code", [f"C-{i * 7919 % 10007:05d}" for i in range(ROWS)]),
    "a running number": ("row", range(100, 100 + ROWS)),
    "a named number": ("CustomerId", (RNG.permutation(10**6)[:ROWS]).tolist()),
    "a number in the order of the rows": ("ticket", np.cumsum(RNG.integers(1, 9, ROWS)).tolist()),
}
OTHERS = {
    "a measurement": ("weight", RNG.normal(size=ROWS)),
    "names of people": ("name", [f"First{i} Middle Last{i}" for i in range(ROWS)]),
    "a quantity": ("fnlwgt", (RNG.permutation(10**6)[:ROWS]).tolist()),
    "labels": ("shop_id", [f"S{i % 40}" for i in range(ROWS)]),
    "a year": ("year", [1990 + i % 30 for i in range(ROWS)]),
}


@pytest.mark.parametrize("case", IDENTIFIERS)
def test_values_that_name_the_row_are_found(look, case):
    name, values = IDENTIFIERS[case]
    found = look(pl.DataFrame({name: values}))
    assert found["DQ004", name].evidence["distinct"] == ROWS
    assert found["DQ004", name].remedy == {"op": "drop", "columns": [name], "options": {}}
    assert ("DQ010", name) not in found


@pytest.mark.parametrize("case", OTHERS)
def test_values_with_something_to_say_are_not(look, case):
    name, values = OTHERS[case]
    assert ("DQ004", name) not in look(pl.DataFrame({name: values}))


def test_a_column_known_as_an_id_needs_no_finding(look):
    assert look(pl.DataFrame({"row": range(ROWS)}), row={"role": Role.ID}) == {}
