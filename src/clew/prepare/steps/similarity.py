"""Categories by how they are spelt: near spellings get near numbers, or become one category."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from clew.core.errors import ConfigError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.lineage import derive
from clew.prepare.onevector import OutputStyle, in_one_vector
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table
from clew.prepare.textual.columns import block_of
from clew.prepare.textual.minhash import MinHash
from clew.prepare.textual.operation import texts_only
from clew.prepare.textual.spelling import LOWEST_THRESHOLD, Neighbours, normal_form

_MOST_COMPONENTS = 1000
_SHOWN = 100
_TEXTS = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT})


@dataclass(frozen=True)
class _SpellingStep(ColumnStep):
    """A step that looks at how categories are spelt."""

    accepts: ClassVar[frozenset[Kind]] = _TEXTS
    advice: ClassVar[str] = "Choose columns of categories."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them stored as texts."""
        return texts_only(self.op, super().inputs(schema))


@register
@dataclass(frozen=True)
class SimilarityEncode(_SpellingStep):
    """Turn categories into numbers that are near where spellings are: ``town`` gives ``town_similarity_1`` and so on.

    Each number is the smallest hash of a category's pieces of a few characters, from 0 to 1; two categories have it in
    common with a probability that is the share of pieces that they share (see `clew.prepare.textual.minhash`). Nothing
    is learnt, so that any number of categories, and those that were never seen, are no problem. Missing stays missing.

    Parameters
    ----------
    n_components : int, default 30
        Columns that each category becomes.
    ngram : int, default 3
        Characters of a piece.
    keep : bool, default False
        Whether the source stays.
    output_style : {"columns", "vector"}, default "columns"
        One column each, or all in one column of lists, ``town_similarity``.
    """

    n_components: int = 30
    ngram: int = 3
    keep: bool = False
    output_style: OutputStyle = "columns"

    op: ClassVar[str] = "similarity_encode"

    def check(self) -> None:
        """Refuse sizes that make no sense."""
        if not 1 <= self.n_components <= _MOST_COMPONENTS:
            raise ConfigError(
                f"similarity_encode has `n_components: {self.n_components}`; 1 to {_MOST_COMPONENTS} is needed."
            )
        if not 1 <= self.ngram <= 10:
            raise ConfigError(f"similarity_encode has `ngram: {self.ngram}`; 1 to 10 characters are needed.")

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002 - nothing was learnt
        """Make the numbers."""
        for column in columns:
            names = [f"{column.name}_similarity_{number}" for number in range(1, self.n_components + 1)]
            block = block_of(column, names, MinHash(self.n_components, self.ngram), "Float64")
            vector = self.output_style == "vector"
            yield in_one_vector(f"{column.name}_similarity", [column], [block]) if vector else block

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)


@register
@dataclass(frozen=True)
class MergeSpellings(_SpellingStep):
    """Merge spellings of one category, such as ``New York``, ``new  york`` and ``New Yrok``, into the most frequent.

    Spellings are the same if their normal forms are (without case, accents, punctuation, further white space), or if
    these are similar enough: 1 - edits / length of the longer, an edit being a character too many, too few, replaced,
    or swapped with its neighbour. Spellings that differ in a number are never merged. Groups are formed around the most
    frequent spellings, each further one joining the most similar group, so that they do not grow into chains.

    Parameters
    ----------
    threshold : float, default 0.9
        Least similarity, 0.7 to 1; with 1 only normal forms count. Normal forms beyond 200 characters are not compared.
    normalize : bool, default True
        Whether normal forms are compared, and not the spellings as they are.
    max_categories : int, default 10 000
        The most frequent spellings that are compared; the others are merged with those of the same normal form only.
    unseen : {"match", "keep", "missing"}, default "match"
        A spelling that was not there in training joins the most similar group, and stays as it is if there is none; or
        it stays as it is; or it becomes missing.
    """

    threshold: float = 0.9
    normalize: bool = True
    max_categories: int = 10_000
    unseen: Literal["match", "keep", "missing"] = "match"

    op: ClassVar[str] = "merge_spellings"

    def check(self) -> None:
        """Refuse limits that make no sense."""
        if not LOWEST_THRESHOLD <= self.threshold <= 1:
            raise ConfigError(
                f"merge_spellings has `threshold: {self.threshold}`; {LOWEST_THRESHOLD} to 1 is needed.",
                hint="Spellings that differ more are better merged by hand, with a lookup table.",
            )
        if self.max_categories < 0:
            raise ConfigError(f"merge_spellings has `max_categories: {self.max_categories}`; 0 or more is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn which spellings belong together."""
        return {column.name: self._groups(table.counts(column)) for column in columns}

    def _form(self, text: str) -> str:
        return normal_form(text) if self.normalize else text

    def _groups(self, counted: list[tuple[str, int]]) -> dict[str, Any]:
        """Return the group of each spelling, by the name of its most frequent one."""
        forms: dict[str, list[tuple[str, int]]] = {}
        for spelling, count in counted:
            forms.setdefault(self._form(spelling), []).append((spelling, count))
        ordered = sorted(forms, key=lambda form: -sum(count for _, count in forms[form]))
        compared = ordered[: self.max_categories]
        neighbours, leads = Neighbours(self.threshold, compared), np.zeros(len(compared), dtype=bool)
        groups = {form: forms[form][0][0] for form in ordered}
        for place, form in enumerate(compared):
            near = neighbours.nearest(form, leads)
            leads[place] = near is None
            if near is not None:
                groups[form] = groups[compared[near]]
        rows = [(spelling, groups[form], count) for form in ordered for spelling, count in forms[form]]
        schema = {"spelling": pl.String, "group": pl.String, "count": pl.Int64}
        return {
            "not_compared": max(0, len(ordered) - self.max_categories),
            "table": pl.DataFrame(rows, schema=schema, orient="row"),
        }

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make each column with fewer spellings."""
        for column in columns:
            kind = Kind.TEXT if column.kind is Kind.TEXT else Kind.CATEGORICAL
            made = derive(column, dtype="String", kind=kind, direction=Direction.LOSES)
            yield _merging(made, self._finder(state[column.name]["table"]))

    def _finder(self, table: pl.DataFrame) -> Callable[[str], str | None]:
        """Return what gives the group of a spelling."""
        groups: dict[str, str] = dict(table.select("spelling", "group").iter_rows())
        if self.unseen == "missing":
            return groups.get
        if self.unseen == "keep":
            return lambda spelling: groups.get(spelling, spelling)
        forms: dict[str, str] = {}
        for spelling, group in groups.items():
            forms.setdefault(self._form(spelling), group)
        leaders = list(dict.fromkeys(groups.values()))
        neighbours = Neighbours(self.threshold, [self._form(leader) for leader in leaders])

        def find(spelling: str) -> str:
            group = groups.get(spelling)
            if group is not None:
                return group
            form = self._form(spelling)
            if form in forms:
                return forms[form]
            near = neighbours.nearest(form)
            return spelling if near is None else leaders[near]

        return find

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return the groups of more than one spelling, with the number of rows of each spelling."""
        return {column.name: _shown(state[column.name]) for column in columns}


def _merging(made: Column, find: Callable[[str], str | None]) -> Block:
    def frame(table: pl.DataFrame) -> pl.DataFrame:
        texts = table[made.name]
        distinct = texts.drop_nulls().unique()
        groups = pl.Series([find(text) for text in distinct.to_list()], dtype=pl.String)
        return texts.replace_strict(distinct, groups, default=None, return_dtype=pl.String).to_frame(made.name)

    return Block((made,), (made.name,), frame, lambda text: (None if text is None else find(text),))


def _shown(learnt: Mapping[str, Any]) -> dict[str, Any]:
    table = learnt["table"]
    several = pl.col("spelling").list.len() > 1
    groups = table.group_by("group", maintain_order=True).agg("spelling", "count").filter(several)
    rows = groups.head(_SHOWN).iter_rows()
    shown = {group: dict(zip(spellings, counts, strict=True)) for group, spellings, counts in rows}
    return {
        "spellings": len(table),
        "groups": table["group"].n_unique(),
        "not_compared": learnt["not_compared"],
        "merged": shown,
        "merged_groups_not_shown": max(0, len(groups) - _SHOWN),
    }
