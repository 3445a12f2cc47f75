"""A fitted recipe on disk: ``recipe.json`` and a table per learnt frame. Nothing in it is executed on load."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from clew.core.errors import ArtifactError, InputError
from clew.core.schema import Schema
from clew.prepare.entrance import entered
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.options import step_from_dict, step_to_dict
from clew.prepare.step import State

#: Version of the layout; a reader refuses newer ones.
FORMAT = 1
FILE = "recipe.json"
_TABLE = "$table"


def save(chain: Chain, folder: Path) -> None:
    """Write fitted steps into a folder, made if need be.

    Parameters
    ----------
    chain : Chain
        What to write.
    folder : Path
        Where; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = []
    for fitted in chain.steps:
        tables: dict[str, pl.DataFrame] = {}
        state = _pack(fitted.state, f"step{fitted.number:03d}", tables)
        for name, table in tables.items():
            buffer = BytesIO()
            table.write_ipc(buffer, compression="zstd")
            (folder / name).write_bytes(buffer.getvalue())
        inputs = [column.name for column in fitted.columns]
        steps.append({"step": step_to_dict(fitted.step), "columns": inputs, "state": state})
    content = {"format": FORMAT, "schema": chain.schema.to_dict(), "steps": steps}
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Chain:
    """Read what `save` wrote.

    Raises
    ------
    ArtifactError
        If files are missing, damaged, or of a newer format.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise ArtifactError(
                f"{path} has format {content['format']}, and this version reads up to {FORMAT}.", hint="Update Clew."
            )
        schema = Schema.from_dict(content["schema"])
        return Chain(schema, tuple(_steps(content["steps"], entered(schema), folder)))
    except ArtifactError:
        raise
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise ArtifactError(
            f"{folder} holds no fitted recipe: there is no {name} in it.", hint="Name a folder that `--fitted` wrote."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError, pl.exceptions.PolarsError) as error:
        raise ArtifactError(
            f"{path} holds no readable recipe: {type(error).__name__}: {error}.",
            hint="Copy the folder again, or fit the recipe anew.",
        ) from error


def _steps(items: list[Mapping[str, Any]], schema: Schema, folder: Path) -> Iterator[FittedStep]:
    for number, item in enumerate(items, start=1):
        columns = tuple(schema[name] for name in item["columns"])
        fitted = FittedStep(number, step_from_dict(item["step"]), schema, columns, _unpack(item["state"], folder))
        schema = fitted.after
        yield fitted


def _pack(value: Any, name: str, tables: dict[str, pl.DataFrame]) -> Any:
    """Return JSON-ready values, with the name of a file in the place of each table."""
    if isinstance(value, pl.DataFrame):
        file = f"{name}_{len(tables)}.arrow"
        tables[file] = value
        return {_TABLE: file}
    if isinstance(value, Mapping):
        return {key: _pack(item, name, tables) for key, item in value.items()}
    return [_pack(item, name, tables) for item in value] if isinstance(value, list | tuple) else value


def _unpack(value: Any, folder: Path) -> State | Any:
    if isinstance(value, Mapping):
        if _TABLE in value:
            name = str(value[_TABLE])
            if Path(name).name != name:
                raise ArtifactError(f"{folder / FILE} refers to {name!r}, which is no file of its folder.")
            return pl.read_ipc(BytesIO((folder / name).read_bytes()))
        return {key: _unpack(item, folder) for key, item in value.items()}
    return [_unpack(item, folder) for item in value] if isinstance(value, list) else value
