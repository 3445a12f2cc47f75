"""Itemsets and rules as one file: arrays, tables in Arrow and a little JSON; no pickle."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ArtifactError
from clew.core.finding import Finding, Severity
from clew.core.jsonable import dumps
from clew.store.artifacts import load_arrays, pack_arrays
from clew.train.associate.ragged import Ragged
from clew.train.associate.rules import MEASURES, Rules
from clew.train.associate.spec import AssociationSpec

_FORMAT, _KIND = 1, "associations"
_ITEMSETS = {"itemset", "length", "count", "support"}


#: What a file holds, in the order in which `Associations` takes it; findings are None where none were kept.
Parts = tuple[AssociationSpec, Rules, pl.DataFrame, int, pl.DataFrame, tuple[Finding, ...] | None]


def pack(parts: Parts) -> bytes:
    """Return the content of a file; equal parts make equal bytes."""
    spec, rules, itemsets, baskets, lengths, findings = parts
    about = {
        "format": _FORMAT,
        "kind": _KIND,
        "spec": spec.to_dict(),
        "baskets": baskets,
        "tests": rules.tests,
        "findings": findings,
    }
    tables = {
        "items": rules.items.rename("item").to_frame(),
        "measures": rules.measures,
        "itemsets": itemsets,
        "lengths": lengths,
    }
    return pack_arrays(
        {
            "about": np.frombuffer(dumps(about).encode(), dtype=np.uint8),
            "antecedent": rules.antecedent.values,
            "antecedent_starts": rules.antecedent.starts,
            "consequent": rules.consequent.values,
            "consequent_starts": rules.consequent.starts,
            **{name: _bytes(table) for name, table in tables.items()},
        }
    )


def unpack(path: Path) -> Parts:
    """Read what `pack` made.

    Raises
    ------
    ArtifactError
        If the file is damaged, newer than this version, or something else.
    """
    stored = load_arrays(path)
    try:
        about = json.loads(stored["about"].tobytes())
        if about["kind"] != _KIND:
            raise KeyError("kind")
        if about["format"] > _FORMAT:
            raise ArtifactError(
                f"{path} has the format {about['format']}; this version reads up to {_FORMAT}.", hint="Update Clew."
            )
        spec = AssociationSpec(**about["spec"])
        items, measures, itemsets, lengths = (
            _frame(stored[name]) for name in ("items", "measures", "itemsets", "lengths")
        )
        one, other = (_side(stored, name, len(measures), len(items)) for name in ("antecedent", "consequent"))
        if tuple(measures.columns) != MEASURES or set(itemsets.columns) != _ITEMSETS:
            raise KeyError("columns")
        rules = Rules(items["item"], one, other, measures, int(about["tests"]))
        return spec, rules, itemsets, int(about["baskets"]), lengths, _findings(about.get("findings"))
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise ArtifactError(
            f"{path} holds no association rules that can be read: {error}.", hint="Name a file that was saved."
        ) from error


def _findings(stored: list[dict[str, Any]] | None) -> tuple[Finding, ...] | None:
    """Return findings; None for a file of an earlier version, which kept none."""
    if stored is None:
        return None
    return tuple(Finding(**{**item, "severity": Severity(item["severity"])}) for item in stored)


def _side(stored: dict[str, NDArray[Any]], name: str, rules: int, items: int) -> Ragged:
    """Return one side of the rules, after a check that no position leads outside."""
    values, starts = stored[name].astype(np.int64), stored[f"{name}_starts"].astype(np.int64)
    if len(starts) != rules + 1 or starts[0] != 0 or starts[-1] != len(values) or np.any(np.diff(starts) < 1):
        raise ValueError(f"the {name}s do not fit the rules")
    if len(values) and not 0 <= values.min() <= values.max() < items:
        raise ValueError(f"an {name} holds an unknown item")
    return Ragged(values, starts)


def _bytes(table: pl.DataFrame) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    table.write_ipc(buffer)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def _frame(data: NDArray[Any]) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(data.tobytes()))
