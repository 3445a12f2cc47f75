"""What a person wants to see of a project's data: its sources, and what changed between two versions."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from clew.collect.dataset import Dataset
from clew.core.schema import Role
from clew.explore.shown import shown
from clew.project.config import Config
from clew.store.compare import TableDiff, compare

#: Changed cells beyond these are not marked.
MARKED_CELLS = 20_000
#: Rows of a look at whether a column can tell rows apart at all.
_SOME_ROWS = 1000


@dataclass(frozen=True, slots=True)
class SourceShown:
    """A source that clew.yaml states.

    Parameters
    ----------
    name : str
        Of the table; the project's name for its own rows.
    use : str
        What it is for: ``"rows"``, ``"joined"`` or ``"later rows"``.
    address : str
        Where it is, without what is secret.
    details : tuple of (str, str)
        Options that were stated besides.
    """

    name: str
    use: str
    address: str
    details: tuple[tuple[str, str], ...] = ()


def sources(config: Config) -> tuple[SourceShown, ...]:
    """Return the sources of a project, its own rows first.

    Parameters
    ----------
    config : Config
        The checked clew.yaml.
    """
    stated = [(config.name, "rows", config.file.data)]
    stated += [(name, "joined", table) for name, table in config.file.data.tables.items()]  # type: ignore[misc]
    if config.file.monitor.data is not None:
        stated.append(("monitor", "later rows", config.file.monitor.data))  # type: ignore[arg-type]
    return tuple(_shown(config, name, use, table) for name, use, table in stated)


def _shown(config: Config, name: str, use: str, stated: object) -> SourceShown:
    address = config.address(stated)  # type: ignore[arg-type]
    options = ("query", "table", "encoding", "delimiter", "sheet", "filename_column")
    details = tuple((key, str(getattr(address, key))) for key in options if getattr(address, key) is not None)
    return SourceShown(name, use, as_seen_from(config, address.shown), details)


def as_seen_from(config: Config, source: str) -> str:
    """Return a source as seen from the project: a path without the folders that lead to it.

    Parameters
    ----------
    config : Config
        Of the project.
    source : str
        What a dataset says about where it came from.
    """
    for folder in (config.folder, config.folder.resolve()):
        source = source.removeprefix(f"{folder}{os.sep}")
    return source


def possible_keys(before: Dataset, after: Dataset) -> tuple[str, ...]:
    """Return the columns of both versions that have another value in each row, identifiers first.

    Parameters
    ----------
    before, after : Dataset
        Two versions.
    """
    both = [name for name in after.schema.names if name in before.schema]
    found = [name for name in both if _tells_apart(before.frame, name) and _tells_apart(after.frame, name)]
    return tuple(sorted(found, key=lambda name: after.schema[name].role is not Role.ID))


def _tells_apart(frame: pl.DataFrame, name: str) -> bool:
    values = frame.get_column(name).alias("key")
    dtype = values.dtype
    # Measurements identify nothing, even where they happen to differ.
    if dtype.is_float() or dtype.is_nested() or dtype in {pl.Binary, pl.Object, pl.Boolean} or values.null_count():
        return False
    some = values.head(_SOME_ROWS)
    return some.n_unique() == len(some) and values.n_unique() == len(values)


@dataclass(frozen=True)
class Difference:
    """What changed from one version of a dataset to another.

    Parameters
    ----------
    diff : TableDiff
        Counts and rows.
    keys : tuple of str
        Columns that a row was known by; empty where whole rows were compared.
    """

    diff: TableDiff
    keys: tuple[str, ...]

    def notes(self) -> dict[tuple[int, str], str]:
        """Return the cells that changed, by place among the changed rows and column, with what stood there before.

        The first `MARKED_CELLS` of them.
        """
        found: dict[tuple[int, str], str] = {}
        for column in self.diff.changed_columns:
            places = self.diff.changed_places(column)[: MARKED_CELLS - len(found)]
            before = shown(self.diff.changed_before.get_column(column).gather(places))
            found |= {
                (place, column): f"was {'missing' if text is None else text or 'empty'}"
                for place, text in zip(places, before, strict=True)
            }
        return found


def difference(before: Dataset, after: Dataset, keys: Sequence[str] = ()) -> Difference:
    """Compare two versions.

    Parameters
    ----------
    before, after : Dataset
        The versions.
    keys : sequence of str, optional
        Columns that identify a row; without them whole rows are compared, and a row that changed is one removed and one
        added.

    Raises
    ------
    DataError
        If a key is not in both, or occurs twice.
    """
    return Difference(compare(before.frame, after.frame, tuple(keys) or None), tuple(keys))
