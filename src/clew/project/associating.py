"""Baskets for the command line: what goes together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.sink import check_ending
from clew.collect.source import write
from clew.core.errors import UsageError
from clew.core.jsonable import dumps
from clew.core.progress import Progress, silent
from clew.store.files import place_of_page
from clew.train.associate.associate import associate as find
from clew.train.associate.spec import AssociationSpec

#: Formats that hold lists; elsewhere a side of a rule is written as a JSON list.
_WITH_LISTS = frozenset({".parquet", ".json", ".jsonl", ".ndjson", ".arrow", ".feather", ".ipc"})


def associate(
    data: Dataset,
    spec: AssociationSpec,
    *,
    transaction: str | None,
    item: str | None,
    out: Path,
    itemsets: Path | None = None,
    report: Path | None = None,
    save: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Find what goes together, and write the rules.

    Parameters
    ----------
    data : Dataset
        The rows.
    spec : AssociationSpec
        What is wanted.
    transaction, item : str or None
        Columns of a long table; None for a wide one.
    out : Path
        File for the rules; its ending says the format.
    itemsets : Path, optional
        File for the itemsets.
    report : Path, optional
        Page for people.
    save : Path, optional
        File from which `AssociationRules.load` recommends.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    dict
        What ``clew associate`` promises in the interfaces.
    """
    _check_places(out, itemsets, report, save)
    found = find(data, spec, transaction=transaction, item=item, progress=progress)
    found = replace(found, findings=(*data.findings, *(found.findings or ())))
    progress("writing")
    _write(found.rules.frame, out)
    if itemsets is not None:
        _write(found.itemsets, itemsets)
    for place in (report, save):
        if place is not None:
            found.save(place)
    written = {"out": out, "itemsets_out": itemsets, "report": report, "saved": save}
    return found.to_dict() | {name: None if place is None else str(place) for name, place in written.items()}


def _check_places(out: Path, itemsets: Path | None, report: Path | None, save: Path | None) -> None:
    """Refuse places that cannot be written as they are named, before anything is looked for."""
    for table in (out, itemsets):
        if table is not None:
            check_ending(table)
    if report is not None:
        place_of_page(report, "report on baskets")
    if save is not None and save.suffix.lower() in {".html", ".htm"}:
        raise UsageError(
            f"--save {save} would be a page, which nothing can be loaded from.",
            hint="End its name in .npz, or name the page with --report.",
        )
    named = [place.absolute() for place in (out, itemsets, report, save) if place is not None]
    if len(set(named)) < len(named):
        raise UsageError("Two outputs have the same name.", hint="Write them to different places.")


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix.lower() not in _WITH_LISTS:
        lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
        spelt = (pl.Series(name, [dumps(value) for value in frame[name].to_list()], dtype=pl.String) for name in lists)
        frame = frame.with_columns(*spelt)
    write(frame, path)
