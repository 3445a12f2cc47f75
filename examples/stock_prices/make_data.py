"""Write daily stock prices as data/learn.csv and data/judge.csv, one row per share and evening."""

import gzip
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl

#: Evenings from this day on judge.
JUDGE_FROM = date(2011, 1, 1)
#: The share that was listed too late to have a history before that day.
TOO_YOUNG = "FB"


def main(folder: Path) -> None:
    """Read the prices that the package `bokeh_sampledata` ships, and put the answer beside each evening."""
    spec = find_spec("bokeh_sampledata")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("This example needs the package bokeh_sampledata: pip install 'clew[examples]'")
    packed = Path(spec.submodule_search_locations[0]) / "_data" / "stocks.csv.gz"
    prices = pl.read_csv(gzip.decompress(packed.read_bytes()), try_parse_dates=True)
    prices = prices.rename({name: name.lower().replace(" ", "_") for name in prices.columns})
    prices = prices.filter(pl.col("ticker") != TOO_YOUNG).sort("ticker", "date")
    # What is asked for happens on the day after: it stands in the table because the past is known by now.
    span = 100 * (pl.col("high") / pl.col("low")).log()
    evenings = prices.with_columns(
        next_range=span.shift(-1).over("ticker"),
        next_rises=(pl.col("adj_close").shift(-1) > pl.col("adj_close")).over("ticker"),
    ).drop_nulls()
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept in (("learn", pl.col("date") < JUDGE_FROM), ("judge", pl.col("date") >= JUDGE_FROM)):
        evenings.filter(kept).sort("date", "ticker").write_csv(folder / f"{name}.csv")


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
