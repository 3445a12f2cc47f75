"""Training rows after the first steps of a recipe, kept so that a further step need not begin at the raw rows.

Polars' frames share the memory of columns that a step leaves alone. That is made use of twice: such a column is known
to be the same without a look at its cells, and is described once for all steps; and memory that several frames share
is counted once.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import polars as pl

from clew.explore.column import ColumnStatistics
from clew.explore.statistics import describe
from clew.prepare.fitted import FittedRecipe
from clew.prepare.recipe import Prepared
from clew.prepare.training import Fitting

#: What tells one prefix from another: a text for what training starts from, and one per step that acts.
Key: TypeAlias = tuple[str, ...]
#: Where the values of a column lie: address and size of each piece of memory, and which part of it is meant.
Place: TypeAlias = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Described:
    """The statistics of a column once they are computed, shared by all prefixes that have the column as it is."""

    statistics: ColumnStatistics | None = None


@dataclass(frozen=True, eq=False)
class Prefix:
    """Training rows after the first steps, and what is known of their columns.

    Parameters
    ----------
    fitting : Fitting
        The fitted steps and the rows, eager ones of Polars.
    seconds : float
        Wall time of fitting and doing all these steps, whenever that was.
    memory : mapping of int to int
        Address → bytes of what the rows take in memory.
    places : mapping of str to Place
        Where the values of each column lie.
    described : mapping of str to Described
        What is known of each column.
    """

    fitting: Fitting
    seconds: float
    memory: Mapping[int, int]
    places: Mapping[str, Place] = field(repr=False)
    described: Mapping[str, Described] = field(repr=False)

    @classmethod
    def of(cls, fitting: Fitting, seconds: float, earlier: "Prefix | None" = None) -> "Prefix":
        """Keep a fitting; of the columns that stayed as they were in an earlier one, what is known of them too."""
        memory: dict[int, int] = {}
        places = {column.name: _place(column, memory) for column in fitting.table.frame.iter_columns()}
        described = {
            name: earlier.described[name]
            if earlier is not None and _same(earlier, fitting, name, place)
            else Described()
            for name, place in places.items()
        }
        return cls(fitting, seconds, memory, places, described)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows."""
        frame: pl.DataFrame = self.fitting.table.frame
        return frame

    @property
    def prepared(self) -> Prepared:
        """The rows as `Recipe.prepare` returns them."""
        return Prepared(FittedRecipe(self.fitting.chain), self.frame, self.fitting.target, self.fitting.origins)

    def shares(self, other: "Prefix", name: str) -> bool:
        """Whether a column is the very same here and there."""
        return name in self.places and self.places[name] == other.places.get(name)

    def describe(self, names: Iterable[str]) -> Mapping[str, ColumnStatistics]:
        """Return the statistics of columns, those that are not there left out; each is computed once."""
        cells = {name: self.described[name] for name in names if name in self.described}
        unknown = [name for name, cell in cells.items() if cell.statistics is None]
        if unknown:
            found = describe(self.frame, self.fitting.chain.output.select(unknown), mergeable=False)
            for name in unknown:
                cells[name].statistics = found[name]
        return {name: cell.statistics for name, cell in cells.items() if cell.statistics is not None}


def _same(earlier: Prefix, fitting: Fitting, name: str, place: Place) -> bool:
    """Whether an earlier prefix has this very column, and takes it for the same."""
    return earlier.places.get(name) == place and earlier.fitting.chain.output[name] == fitting.chain.output[name]


def _place(column: pl.Series, memory: dict[int, int]) -> Place:
    """Return where the values of a column lie, and note the memory that they take."""
    parts: list[object] = [str(column.dtype)]
    for chunk in column.get_chunks():
        array = chunk.to_arrow(compat_level=pl.CompatLevel.newest())
        parts += [array.offset, len(array)]
        for buffer in array.buffers():
            parts.append(None if buffer is None else (buffer.address, buffer.size))
            if buffer is not None:
                memory[buffer.address] = max(buffer.size, memory.get(buffer.address, 0))
    return tuple(parts)


class Kept:
    """Prefixes by their keys; those not asked for the longest make room for others.

    Parameters
    ----------
    limit_bytes : int
        Memory that all of them together may take; what they share is counted once. The last one stays in any case.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._known: OrderedDict[Key, Prefix] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    @property
    def size_bytes(self) -> int:
        """Memory that they take."""
        memory: dict[int, int] = {}
        for prefix in self._known.values():
            memory.update(prefix.memory)
        return sum(memory.values())

    def get(self, key: Key) -> Prefix | None:
        """Return what is kept under a key; it then counts as asked for."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: Key, prefix: Prefix) -> None:
        """Keep a prefix, and let go of others where memory runs short."""
        self._known[key] = prefix
        self._known.move_to_end(key)
        while len(self._known) > 1 and self.size_bytes > self.limit_bytes:
            self._known.popitem(last=False)
