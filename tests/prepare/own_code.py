"""What users of custom steps bring along: functions of a module of theirs."""

import pandas as pd
import polars as pl


def doubled(rows: pl.DataFrame, by: float = 2.0) -> pl.DataFrame:
    return rows.select((pl.col(pl.Float64).cast(pl.Float64) * by).name.suffix("_doubled"))


def lengths(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({f"{name}_length": rows[name].str.len().astype("float64") for name in rows})


def without_gaps(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop_nulls()


def summed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("word", maintain_order=True).agg(pl.col("whole").cast(pl.Float64).sum().alias("total"))


def same(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def half(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.head(len(rows) // 2)


def broken(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("nowhere")


def leaving(rows: pl.DataFrame) -> pl.DataFrame:
    raise SystemExit(3)


def number(rows: pl.DataFrame) -> int:
    return len(rows)


def moody(rows: pl.DataFrame) -> pl.DataFrame:
    """Give another column where there are few rows."""
    return rows.select(pl.col("a").alias("many" if len(rows) > 2 else "few"))


def changing(rows: pd.DataFrame) -> pd.DataFrame:
    rows["a"] = 0.0
    return rows.rename(columns={"a": "zero"})


NO_FUNCTION = 5
