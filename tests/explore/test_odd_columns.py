"""Columns that are not what a profile expects: looked at, drawn and written as JSON, in memory and in batches."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from clew.explore.profile import profile

ROWS = 60
ODD = {
    "nothing": pl.Series([None] * ROWS, dtype=pl.Null),
    "no numbers": pl.Series([None] * ROWS, dtype=pl.Float64),
    "not a number": pl.Series([float("nan")] * ROWS),
    "one value": pl.Series([None] * (ROWS - 1) + [7.5]),
    "infinite": pl.Series([float("inf"), -float("inf"), 1.0] * (ROWS // 3)),
    "far apart": pl.Series([1.7e308, -1.7e308, 0.0] * (ROWS // 3)),
    "tiny": pl.Series([5e-324 * i for i in range(ROWS)]),
    "huge": pl.Series([2**63 - 1, -(2**63), 0] * (ROWS // 3)),
    "huge without sign": pl.Series([2**64 - 1, 0, 1] * (ROWS // 3), dtype=pl.UInt64),
    "price": pl.Series([Decimal("1.10"), Decimal("2.20"), None] * (ROWS // 3)),
    "lasting": pl.Series([timedelta(seconds=i) for i in range(ROWS)]),
    "clock": pl.Series([time(i % 24, i) for i in range(ROWS)]),
    "ends of the calendar": pl.Series([date(1, 1, 1), date(9999, 12, 31), None] * (ROWS // 3)),
    "zoned": pl.Series([datetime(2024, 3, 31, i % 24, tzinfo=UTC) for i in range(ROWS)]).dt.convert_time_zone("Asia/Kolkata"),
    "nanoseconds": pl.Series(range(ROWS)).cast(pl.Datetime("ns")),
    "list": pl.Series([[i, None] for i in range(ROWS)]),
    "empty lists": pl.Series([[]] * ROWS, dtype=pl.List(pl.Int64)),
    "struct": pl.Series([{"a": i, "b": {"c": "x"}} for i in range(ROWS)]),
    "bytes": pl.Series([b"\x00\xff" * i for i in range(ROWS)]),
    "images": pl.Series([b"\x89PNG\r\n\x1a\n%d" % i for i in range(ROWS)]),
    "category": pl.Series(["a", "b", None] * (ROWS // 3), dtype=pl.Categorical),
    "enum": pl.Series(["a", "b", None] * (ROWS // 3), dtype=pl.Enum(["a", "b", "never"])),
    "blank": pl.Series(["", " ", "\t\n"] * (ROWS // 3)),
    "a megabyte": pl.Series(["x" * 1_000_000 + str(i) if i % 20 == 0 else f"t{i}" for i in range(ROWS)]),
    "unicode": pl.Series([f"\u202e\u0000<b>{chr(0x1F600 + i)}\u0301\ufdd0</b>\U000f0003" for i in range(ROWS)]),
    "right to left": pl.Series(["שלום עולם", "مرحبا", "\u200f-"] * (ROWS // 3)),
    "quotes": pl.Series(["\"'`;--", "</script><script>", "${x} {{y}} %s"] * (ROWS // 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("target", [None, "y"])
def test_an_odd_column_is_profiled_drawn_and_stored(name, target, tmp_path):
    frame = pl.DataFrame([ODD[name].alias(name), pl.Series("y", ["yes", "no", "no"] * (ROWS // 3))])
    known = profile(frame, target=target, compare=frame.head(40))
    assert known.rows == ROWS
    told = json.loads(json.dumps(known.to_dict(), allow_nan=False))
    column = told["columns"][0]
    assert column["valid"] + column["invalid"] == ROWS
    text = known.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "</script><script>" not in text
    assert len(text) < 2_000_000
    assert known._repr_html_()


@pytest.mark.parametrize("name", sorted(ODD.keys() - {"nothing"}))
def test_an_odd_column_passes_by_in_batches(name, tmp_path):
    frame = pl.DataFrame([ODD[name].alias(name), pl.Series("y", ["yes", "no", "no"] * (ROWS // 3))])
    frame.write_parquet(tmp_path / "x.parquet")
    whole, known = (profile(tmp_path / "x.parquet", target="y", streaming=on).to_dict() for on in (False, True))
    assert json.loads(json.dumps(known, allow_nan=False))["columns"] == json.loads(json.dumps(whole))["columns"]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_rows_are_profiled_in_batches(rows, tmp_path):
    frame = pl.DataFrame({"a": range(rows), "b": ["x"] * rows, "c": [date(2024, 1, 1 + i) for i in range(rows)]})
    frame.write_parquet(tmp_path / "x.parquet")
    known = profile(tmp_path / "x.parquet", streaming=True)
    assert known.rows == rows
    known.save(tmp_path / "x.html")
    json.dumps(known.to_dict(), allow_nan=False)


def test_a_wide_table_stays_within_its_bounds(tmp_path):
    wide = {f"x{i}": [float(i * j % 7) if (i + j) % 5 else None for j in range(40)] for i in range(400)}
    texts = {f"t{i}": [f"a{i}", "b"] * 20 for i in range(310)}
    known = profile(pl.DataFrame(wide | texts))
    assert len(known.correlations.columns) == 50
    assert len(known.correlations.left_out) > 500
    assert len(known.missing.columns) == 63
    assert len(known.patterns) == 300
    assert known.save(tmp_path / "x.html").stat().st_size < 3_000_000
