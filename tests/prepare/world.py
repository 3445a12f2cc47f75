"""Rows and files on which every example of the steps' pages runs."""

import sys
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
from PIL import Image

ROWS = 60
_RNG = np.random.default_rng(0)


def _numbers(*names: str) -> dict[str, object]:
    return {name: _RNG.gamma(3.0, 8.0, ROWS) for name in names}


def _labels(*names: str, words: tuple[str, ...] = ("north", "south", "Nort h", "west")) -> dict[str, object]:
    return {name: [words[i % len(words)] for i in range(ROWS)] for name in names}


def _picture(number: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), (number * 4, 80, 160)).save(file, "PNG")
    return file.getvalue()


def rows() -> pl.DataFrame:
    """Return a table with the columns that the examples name, each of the type that most of them expect."""
    start = datetime(2024, 1, 1, 8)
    moments = {
        name: [start + timedelta(hours=5 * i + n) for i in range(ROWS)] for n, name in enumerate(("at", "hour", "time"))
    }
    later = {
        name: [start + timedelta(days=i, hours=9 + n) for i in range(ROWS)]
        for n, name in enumerate(("ordered_at", "asked_at", "shipped", "sold_on"))
    }
    lists = {
        name: [[float(i), None, 3.0, float(i % 4)][: 2 + i % 3] for i in range(ROWS)] for name in ("usage_list", "v")
    }
    text = [f"{'urgent ' if i % 3 else ''}order {i % 9} from Mr. Smith, please call" for i in range(ROWS)]
    return pl.DataFrame(
        {
            **_numbers(
                "income", "distance", "fare", "price", "air_time", "temperature", "wind", "height", "weight", "debt"
            ),
            **_numbers("length", "width", "x", "y_place", "z", "load", "sold", "inside", "outside", "speed", "usage"),
            **_numbers("january", "february", "march"),
            "age": [None if i % 9 == 0 else 10 + i for i in range(ROWS)],
            **_labels(
                "town",
                "street",
                "employer",
                "product",
                "job_title",
                "city",
                "region",
                "share",
                "station",
                "tags",
                "weather",
            ),
            **_labels("size", words=("S", "M", "L")),
            **_labels("weekday", words=("Mon", "Tue")),
            **_labels("cabin", words=("a", "b", "c", "d")),
            **_labels("zip_code", words=("08010", "01010", "0905")),
            **_labels("code", words=("12345678", "x1")),
            **_labels("born", words=("03-02-1990", "04-05-2001")),
            **_labels("phone", words=("+43 1 23", "0316/99")),
            **_labels("ticket", "Sex", words=("m", "f")),
            "Name": [f"Braund, Mr. Owen {i % 7}" for i in range(ROWS)],
            "name": [f"Braund {i % 11}" for i in range(ROWS)],
            "note": text,
            "pieces": [1 + i % 4 for i in range(ROWS)],
            "rank": [i % 3 for i in range(ROWS)],
            "Pclass": [1 + i % 3 for i in range(ROWS)],
            "turn": [i // 3 for i in range(ROWS)],
            "customer": [i % 12 for i in range(ROWS)],
            "shop": [i % 3 for i in range(ROWS)],
            "store": [i % 3 for i in range(ROWS)],
            "article": [i % 5 for i in range(ROWS)],
            "household": [i % 6 for i in range(ROWS)],
            "day": [date(2024, 1, 1) + timedelta(days=i // 3) for i in range(ROWS)],
            **moments,
            **later,
            "ordered": [f"{1 + i % 28:02}/02/2024 10:30" for i in range(ROWS)],
            "clicked": [f"{1 + i % 28:02}.02.2024 10:30" for i in range(ROWS)],
            "clicked_ms": [1_700_000_000_000 + i * 3_600_000 for i in range(ROWS)],
            **lists,
            "item": [["a", "b"]] * ROWS,
            "place": [f'{{"city": "Graz {i % 4}", "country": "AT"}}' for i in range(ROWS)],
            "photo": [_picture(i) for i in range(ROWS)],
            "path": [f"{i % 3}.png" for i in range(ROWS)],
            "survived": [["no", "yes"][i % 2] for i in range(ROWS)],
        }
    )


#: What a step's example expects of a column that others expect otherwise.
OTHERWISE: dict[str, dict[str, pl.Expr]] = {
    "explode": {"price": pl.concat_list("price", "price")},
    "parse_array": {"usage": pl.format("[{}, 2.5, null]", "usage")},
    "search_and_edit": {"place": pl.lit("Graz, Austria")},
    "date_difference": {"ordered": pl.col("ordered_at"), "sold": pl.col("sold_on")},
    "pca": {"y": pl.col("y_place")},
    "sklearn": {"age": pl.col("age").fill_null(30)},
}
#: Columns that stand in an example's way: those that it makes, and those of a type that it has no use for.
WITHOUT: dict[str, tuple[str, ...]] = {
    "balance": ("usage_list", "v", "item", "photo", "age"),
    "datetime_range": ("time", "day"),
    "derive": ("speed",),
    "explode": ("place",),
    "resample": ("usage_list", "v", "item", "photo"),
    "sql": ("Name",),
    "unpivot": ("sold",),
}
#: Steps that want to know the order of rows, which the role of a column tells.
IN_ORDER = frozenset({"cumulative", "difference", "ewm_mean", "rolling"})


def write_files(folder: Path) -> None:
    """Write the tables and pictures that examples name."""
    prices = pl.DataFrame(
        [{"id": shop, "date": date(2024, 1, day), "cost": 1.5 * shop} for shop in range(3) for day in range(1, 21)]
    )
    rows().head(5).write_parquet(folder / "last_year.parquet")
    pl.DataFrame({"id": [1, 3]}).write_csv(folder / "test_accounts.csv")
    prices.write_parquet(folder / "prices.parquet")
    prices.write_csv(folder / "prices.csv")
    pl.DataFrame({"id": [0, 1, 2], "region": ["a", "b", "c"], "size": [1, 2, 3]}).write_parquet(
        folder / "stores.parquet"
    )
    pl.DataFrame(
        {"customer_id": [0, 1, 1], "ordered_at": [datetime(2024, 1, 2)] * 3, "amount": [1.0, 2.0, 3.0]}
    ).write_parquet(folder / "orders.parquet")
    pl.DataFrame({"shop": [0, 1], "article": [0, 1], "pieces": [5, 6]}).write_csv(folder / "stock.csv")
    (folder / "photos").mkdir()
    for number in range(3):
        (folder / "photos" / f"{number}.png").write_bytes(_picture(number))


def shop_module() -> dict[str, ModuleType]:
    """Return the package that the examples of one's own code name."""
    package, features = ModuleType("shop"), ModuleType("shop.features")
    features.basket = lambda rows, currency: rows.select(  # type: ignore[attr-defined]
        (pl.col("price") * pl.col("pieces")).alias(f"basket_{currency}")
    )
    features.baskets_of_customers = lambda rows: rows.groupby("customer", as_index=False)["price"].sum()  # type: ignore[attr-defined]
    package.features = features  # type: ignore[attr-defined]
    assert "shop" not in sys.modules
    return {"shop": package, "shop.features": features}
