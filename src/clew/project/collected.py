"""The kept rows as later stages see them; those of the final judgement are apart."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from clew.collect.dataset import Dataset
from clew.collect.split import Split
from clew.core.schema import Schema
from clew.define.problem import Problem
from clew.store.tables import Tables


class Collected:
    """What the stage ``collect`` has kept.

    Parameters
    ----------
    tables : Tables
        Versions of rows.
    summary : mapping
        What the stage had to say.
    folder : Path
        Where its files are.

    Attributes
    ----------
    problem : Problem
        The question, with the labels found in the rows.
    node : str
        The dataset, as the lineage names it.
    """

    def __init__(self, tables: Tables, summary: Mapping[str, Any], folder: Path) -> None:
        self._tables = tables
        self._summary = summary
        self._folder = folder
        self.problem = Problem.from_dict(summary["problem"])
        self.node = f"dataset:{summary['dataset']}@{summary['version']}"

    @cached_property
    def dataset(self) -> Dataset:
        """All rows."""
        summary = self._summary
        schema = Schema.from_dict(summary["schema"])
        frame = self._tables.read(summary["dataset"], summary["version"])[list(schema.names)]
        return Dataset(
            frame,
            schema,
            source=summary["source"],
            known_fingerprint=summary["fingerprint"],
            name=summary["dataset"],
            version=summary["version"],
        )

    @cached_property
    def split(self) -> Split:
        """Positions of the rows that learn and of those that judge."""
        with np.load(self._folder / "split.npz", allow_pickle=False) as stored:
            return Split(stored["train"], stored["test"])

    @cached_property
    def learning(self) -> Dataset:
        """The rows that learn."""
        return self.dataset.take(self.split.train)

    @cached_property
    def judging(self) -> Dataset:
        """The rows of the final judgement: whoever looks at them before spoils it."""
        return self.dataset.take(self.split.test)
