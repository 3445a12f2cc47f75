import numpy as np
import polars as pl

from clew.explore.probe.anomalous import MAX_ROWS, anomalous_rows

RNG = np.random.default_rng(0)


def measured(rows=500):
    return pl.DataFrame(
        {
            "height": RNG.normal(170, 8, rows),
            "weight": RNG.normal(70, 9, rows),
            "town": RNG.choice(["Rome", "Oslo"], rows),
            "flag": RNG.choice([0, 1], rows, p=[0.2, 0.8]),
        }
    )


def test_the_oddest_row_comes_first_with_the_columns_that_make_it_so(make_table):
    odd = pl.DataFrame({"height": [171.0], "weight": [320.0], "town": ["Atlantis"], "flag": [1]})
    found = anomalous_rows(make_table(pl.concat([measured(), odd])))
    first = found.rows[0]
    assert first["row"] == 500
    assert first["score"] < 0
    assert {reason["column"] for reason in first["reasons"]} == {"weight", "town"}
    reasons = {reason["column"]: reason for reason in first["reasons"]}
    assert reasons["weight"]["value"] == 320
    assert "above" in reasons["weight"]["usual"]
    assert reasons["town"]["usual"] == "in 0.2 % of the rows"
    assert [item["score"] for item in found.rows] == sorted(item["score"] for item in found.rows)


def test_a_large_table_is_sampled(make_table):
    found = anomalous_rows(make_table(measured(MAX_ROWS + 500)))
    assert (found.scored, found.sampled_from) == (MAX_ROWS, MAX_ROWS + 500)


def test_what_is_missing_is_not_odd(make_table):
    frame = measured().with_columns(weight=pl.when(pl.int_range(500) == 7).then(None).otherwise("weight"))
    assert 7 not in [item["row"] for item in anomalous_rows(make_table(frame)).rows]


def test_few_rows_one_column_and_rows_that_are_all_alike_are_not_looked_at(make_table):
    assert anomalous_rows(make_table(measured(30))) is None
    assert anomalous_rows(make_table(measured().select("height"))) is None
    grid = pl.DataFrame({"a": [0, 1] * 100, "b": [0] * 100 + [1] * 100})
    assert anomalous_rows(make_table(grid)) is None
