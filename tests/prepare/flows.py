"""Small flow files with the structure of those that Data Wrangler writes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Node = dict[str, Any]


def source(name: str = "s", uri: str = "s3://bucket/rows.csv", **about: Any) -> Node:
    context = {"s3Uri": uri, "s3ContentType": "csv", "s3HasHeader": True, "s3FieldDelimiter": ",", **about}
    definition = {"datasetSourceType": "S3", "name": Path(uri).name, "s3ExecutionContext": context}
    sampling = {"sampling_method": "sample_by_limit", "limit_rows": 50000}
    return {
        "node_id": name,
        "type": "SOURCE",
        "operator": "sagemaker.s3_source_0.1",
        "parameters": {"dataset_definition": definition},
        "inputs": [],
        "outputs": [{"name": "default", "sampling": sampling}],
    }


def typed(name: str, before: str, /, **schema: str) -> Node:
    node = transform(name, "infer_and_cast_type", {}, before)
    return {**node, "trained_parameters": {"schema": schema}}


def transform(
    name: str,
    operator: str,
    parameters: Mapping[str, Any],
    *before: str,
    kind: str = "TRANSFORM",
    more: Mapping[str, Any] | None = None,
) -> Node:
    return {
        "node_id": name,
        "type": kind,
        "operator": operator if "." in operator else f"sagemaker.spark.{operator}_0.1",
        "parameters": dict(parameters),
        "inputs": [{"name": "df", "node_id": one, "output_name": "default"} for one in before],
        "outputs": [{"name": "default"}],
        **(more or {}),
    }


def chart(name: str, before: str) -> Node:
    parameters = {"name": "ages", "x_axis": "age"}
    return transform(name, "sagemaker.visualizations.histogram_0.1", parameters, before, kind="VISUALIZATION")


def destination(name: str, before: str) -> Node:
    parameters = {"output_config": {"output_path": "s3://bucket/out/", "output_content_type": "CSV"}}
    return transform(name, "s3_destination", parameters, before, kind="DESTINATION")


def write_flow(path: Path, nodes: Sequence[Node], **more: Any) -> Path:
    content = {"metadata": {"version": 1, "disable_limits": False}, "parameters": [], "nodes": list(nodes), **more}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def line_of(path: Path, schema: Mapping[str, str], *steps: tuple[str, Mapping[str, Any]]) -> Path:
    """Write a flow of one line: a source, its types, and transforms one after the other."""
    nodes = [source(), typed("t", "s", **schema)]
    for number, (operator, parameters) in enumerate(steps):
        nodes.append(transform(f"n{number}", operator, parameters, str(nodes[-1]["node_id"])))
    return write_flow(path, nodes)
