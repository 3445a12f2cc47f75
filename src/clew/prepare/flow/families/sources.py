"""Where rows come from and go to, and what only shows them."""

import shlex
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from clew.core.readable import number as figure
from clew.prepare.flow.graph import Node
from clew.prepare.flow.outcome import Outcome
from clew.prepare.flow.rule import Rule, Seen

_ORC = "Clew reads no ORC: write it as Parquet first, e.g. with DuckDB or pyarrow."


def s3(seen: Seen) -> Outcome:
    """Return where the rows of a file in S3 are, and how to read them."""
    place = _part(_definition(seen.node), "s3ExecutionContext")
    address = _filled(str(place.get("s3Uri") or ""), seen)
    kind = str(place.get("s3ContentType") or "").casefold()
    settings = _settings(address, kind, place)
    differs, lacks = list(_sampling(seen.node)), []
    if kind == "csv" and place.get("s3HasHeader") is False:
        lacks.append("the file has no header line: add one, with the names that the steps use")
    if isinstance(place.get("s3SkipLines"), int) and place["s3SkipLines"] > 0:
        lacks.append(f"{place['s3SkipLines']} lines are skipped before the header: take them out of the file")
    if "{{" in address:
        lacks.append("the address holds parameters whose values the file does not state: put them in by hand")
    file = file_of(seen.node)
    folder = address.endswith("/") or not PurePosixPath(address).suffix
    copy = shlex.join(["aws", "s3", "cp", *(["--recursive"] if folder else []), address, file])
    todo = f"Name {address} as DATA, or copy it: `{copy}`." if address else "Name the file as DATA."
    todo = f"{_ORC} {todo}" if kind == "orc" else todo
    return Outcome(differs=tuple(differs), lacks=tuple(lacks), todo=todo, settings={"data": settings})


def database(seen: Seen) -> Outcome:
    """Return the query whose rows a node reads."""
    about = _definition(seen.node)
    query = next((about[key] for key in ("queryString", "query", "sql") if isinstance(about.get(key), str)), "")
    kind = str(about.get("datasetSourceType") or seen.node.family.removesuffix("_source"))
    todo = f"Export the rows from {kind} to Parquet and name the file as DATA"
    todo += ', or name the database: `DATABASE_URL --query "…"`. The query stands in the report.' if query else "."
    settings = {"source": file_of(seen.node), **({"query": query} if query else {})}
    return Outcome(differs=_sampling(seen.node), todo=todo, settings={"data": settings})


def file_of(node: Node) -> str:
    """Return the name of the file that the rows of a source would have, once copied."""
    about = _definition(node)
    address = unquote(str(_part(about, "s3ExecutionContext").get("s3Uri") or ""))
    stated = (address or str(about.get("name") or node.name)).replace("\\", "/")
    name = "".join(c for c in PurePosixPath(stated).name if c.isprintable())
    if name in {"", ".", ".."} or ":" in name:
        name = "data"
    return name if (address and "." in name) or "." in name[1:] else f"{name}.parquet" if not address else name


def _settings(address: str, kind: str, place: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"source": address or "data"}
    delimiter = place.get("s3FieldDelimiter")
    if kind == "csv" and isinstance(delimiter, str) and delimiter not in {"", ","}:
        settings["delimiter"] = delimiter
    encoding = str(place.get("s3CsvEncodingType") or "utf-8").replace("_", "-").casefold()
    if kind == "csv" and encoding != "utf-8":
        settings["encoding"] = encoding
    if place.get("s3AddsFilenameColumn"):
        settings["filename_column"] = "filename_path"
    return settings


def _sampling(node: Node) -> tuple[str, ...]:
    how = node.sampling
    method = str(how.get("sampling_method") or "")
    rows = how.get("limit_rows") or how.get("sample_size")
    ratio = how.get("sample_ratio")
    if method == "sample_by_limit" and isinstance(rows, int):
        sample = f"the first {figure(rows)} rows"
    elif method == "sample_by_count" and isinstance(rows, int):
        sample = f"{figure(rows)} random rows"
    elif method == "sample_by_ratio" and isinstance(ratio, int | float) and ratio < 1:
        sample = f"{ratio:.1%} of the rows"
    else:
        return ()
    return (f"steps were trained there on {sample}; here they learn from all training rows",)


def _filled(address: str, seen: Seen) -> str:
    for name, value in seen.values.items():
        if value is not None:
            address = address.replace(f"{{{{{name}}}}}", str(value))
    return address


def _definition(node: Node) -> dict[str, Any]:
    return _part(dict(node.parameters), "dataset_definition")


def _part(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    return dict(value) if isinstance(value, dict) else {}


RULES = (Rule("s3_source", "", (), s3),)
