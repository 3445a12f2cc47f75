"""Jupyter notebooks as plain JSON (nbformat 4.5), which needs nothing of Jupyter to be written or looked at."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clew.core.fingerprint import of_json
from clew.core.jsonable import dumps


def markdown(source: str) -> dict[str, Any]:
    """Return a cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def code(source: str) -> dict[str, Any]:
    """Return a cell of Python that has not been run."""
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(source)}


def document(cells: Iterable[Mapping[str, Any]], metadata: Mapping[str, Any] | None = None) -> str:
    """Return the text of a notebook.

    Parameters
    ----------
    cells : iterable of mappings
        As `markdown` and `code` make them.
    metadata : mapping, optional
        What else the notebook is to remember about itself.
    """
    numbered = [{"id": f"cell-{position}", **cell} for position, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}, **(metadata or {})},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return dumps(content, indent=1) + "\n"


def fingerprint(cells: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what is written in cells: running them changes nothing of it."""
    return of_json([[cell.get("cell_type"), "".join(cell.get("source", ()))] for cell in cells])


def quoted(value: str) -> str:
    """Return a text as a literal of Python, in double quotes; never more than a text, whatever it holds."""
    return json.dumps(value, ensure_ascii=False)


def _lines(source: str) -> list[str]:
    # Not `splitlines`: a page break or another odd character inside a line ends none here.
    parts = source.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
