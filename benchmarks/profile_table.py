"""The tables that profiles are measured on: mixed columns, made from a seed."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

_CITIES = 20_000


def mixed(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return 20 columns: 8 of floats, 4 of whole numbers, 3 of labels, a flag, a moment, a city, a note, a target."""
    rng = np.random.default_rng(seed)
    columns = {f"normal_{place}": rng.normal(size=rows) for place in range(6)}
    columns["lognormal"] = rng.lognormal(size=rows)
    columns["cauchy"] = rng.standard_cauchy(size=rows)
    columns["count"] = rng.poisson(4, rows)
    columns["code"] = rng.integers(0, 10_000, rows)
    columns["id"] = np.arange(rows)
    columns["year"] = rng.integers(1950, 2025, rows)
    for place, labels in enumerate((3, 12, 400)):
        columns[f"label_{place}"] = np.array([f"L{at}" for at in range(labels)])[rng.integers(0, labels, rows)]
    columns["city"] = np.array([f"city number {at}" for at in range(_CITIES)])[rng.zipf(1.3, rows) % _CITIES]
    columns["flag"] = rng.random(rows) < 0.3
    seconds = rng.integers(0, 4 * 365 * 86_400, rows).astype("timedelta64[s]")
    columns["when"] = (np.datetime64("2020-01-01") + seconds).astype("datetime64[us]")
    columns["note"] = np.char.add("note ", rng.integers(0, 10**9, rows).astype(str))
    columns["target"] = np.where(columns["normal_0"] + rng.normal(size=rows) > 0.5, "yes", "no")
    row = pl.int_range(rows)
    return pl.DataFrame(columns).with_columns(
        pl.when(row % 13 > 0).then("normal_3").alias("normal_3"), pl.when(row % 7 > 0).then("label_1").alias("label_1")
    )


def wide(rows: int, columns: int, seed: int = 0) -> pl.DataFrame:
    """Return so many columns, three of five of floats, one of counts, one of labels, and a target of two labels."""
    rng = np.random.default_rng(seed)
    labels = np.array(["red", "green", "blue", "black"])
    makers = (
        *(lambda: rng.normal(size=rows),) * 3,
        lambda: rng.integers(0, 9, rows),
        lambda: labels[rng.integers(0, 4, rows)],
    )
    made = {f"column_{place}": makers[place % len(makers)]() for place in range(columns)}
    return pl.DataFrame({**made, "target": np.where(rng.random(rows) < 0.5, "yes", "no")})


def write_long(path: Path, rows: int, part: int = 1_000_000) -> None:
    """Write 10 columns of this many rows, a part at a time."""
    rng = np.random.default_rng(0)
    colours = np.array(["red", "green", "blue", "black", "white"])
    writer: pq.ParquetWriter | None = None
    for start in range(0, rows, part):
        size = min(part, rows - start)
        seconds = rng.integers(0, 10 * 365 * 86_400, size).astype("timedelta64[s]").astype("timedelta64[us]")
        table = pa.table(
            {
                "a": rng.normal(size=size),
                "b": rng.lognormal(size=size),
                "c": np.where(rng.random(size) < 0.03, np.nan, rng.normal(size=size)),
                "count": rng.poisson(4, size),
                "id": np.arange(start, start + size),
                "price": rng.integers(0, 10**6, size) / 100,
                "colour": pa.array(colours[rng.integers(0, 5, size)]),
                "city": pa.array(np.char.add("city ", rng.integers(0, 50_000, size).astype(str))),
                "when": pa.array(np.datetime64("2010-01-01", "us") + seconds),
                "flag": rng.random(size) < 0.3,
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()
