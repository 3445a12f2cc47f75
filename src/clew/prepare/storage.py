"""A fitted recipe on disk: ``recipe.json``, a table per learnt frame, a file of skops per fitted object of another's.

Nothing in it is executed on load.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from clew.core.errors import ArtifactError, InputError
from clew.core.schema import Schema
from clew.prepare.entrance import entered
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.options import step_from_dict, step_to_dict
from clew.prepare.step import State, Step
from clew.prepare.trust import check_trust
from clew.store.artifacts import load_sklearn, save_sklearn

#: Version of the layout; a reader refuses newer ones.
FORMAT = 1
FILE = "recipe.json"
_TABLE, _FITTED = "$table", "$fitted"


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
        files: dict[str, Any] = {}
        state = _pack(fitted.state, f"step{fitted.number:03d}", files)
        for name, value in files.items():
            if isinstance(value, pl.DataFrame):
                (folder / name).write_bytes(packed_table(value))
            else:
                save_sklearn(value, folder / name)
        inputs = [column.name for column in fitted.columns]
        steps.append({"number": fitted.number, "step": step_to_dict(fitted.step), "columns": inputs, "state": state})
    content = {"format": FORMAT, "schema": chain.schema.to_dict(), "steps": steps}
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def packed_table(table: pl.DataFrame) -> bytes:
    """Return the Arrow file of a table; equal tables give equal bytes.

    Parameters
    ----------
    table : polars.DataFrame
        Part of a fitted step.
    """
    buffer = BytesIO()
    # In the oldest layout texts lie in the order of the rows; in the newest one, where the threads that made them left
    # them, so that equal models would bear different ids.
    table.write_ipc(buffer, compression="zstd", compat_level=pl.CompatLevel.oldest())
    return buffer.getvalue()


def load(folder: Path, trust: Collection[str] = ()) -> Chain:
    """Read what `save` wrote.

    Parameters
    ----------
    folder : Path
        Where it lies.
    trust : collection of str, default ()
        Names of code that is no part of Clew and that its steps may run, and of types that its files may hold.

    Raises
    ------
    ArtifactError
        If files are missing, damaged, of a newer format, or need a trust that is not given.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise ArtifactError(
                f"{path} has format {content['format']}, and this version reads up to {FORMAT}.", hint="Update Clew."
            )
        schema, items = Schema.from_dict(content["schema"]), content["steps"]
        stated = [step_from_dict(item["step"]) for item in items]
        check_trust(stated, trust, ArtifactError)
        return Chain(schema, tuple(_steps(stated, items, entered(schema), folder, trust)))
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


def _steps(
    stated: list[Step], items: list[Mapping[str, Any]], schema: Schema, folder: Path, trust: Collection[str]
) -> Iterator[FittedStep]:
    for position, (step, item) in enumerate(zip(stated, items, strict=True), start=1):
        columns = tuple(schema[name] for name in item["columns"])
        # Steps that were switched off are not there, and their numbers are left out; older files state none.
        number = int(item.get("number", position))
        fitted = FittedStep(number, step, schema, columns, _unpack(item["state"], folder, trust))
        schema = fitted.after
        yield fitted


def _pack(value: Any, name: str, files: dict[str, Any]) -> Any:
    """Return JSON-ready values, with the name of a file in the place of each table and each fitted object."""
    if isinstance(value, pl.DataFrame):
        file = f"{name}_{len(files)}.arrow"
        files[file] = value
        return {_TABLE: file}
    if isinstance(value, Mapping):
        return {key: _pack(item, name, files) for key, item in value.items()}
    if hasattr(value, "get_params"):
        file = f"{name}_{len(files)}.skops"
        files[file] = value
        return {_FITTED: file}
    return [_pack(item, name, files) for item in value] if isinstance(value, list | tuple) else value


def _unpack(value: Any, folder: Path, trust: Collection[str]) -> State | Any:
    if isinstance(value, Mapping):
        if _TABLE in value:
            return pl.read_ipc(BytesIO((folder / _own(value[_TABLE], folder)).read_bytes()))
        if _FITTED in value:
            return load_sklearn(folder / _own(value[_FITTED], folder), trust=trust)
        return {key: _unpack(item, folder, trust) for key, item in value.items()}
    return [_unpack(item, folder, trust) for item in value] if isinstance(value, list) else value


def _own(name: Any, folder: Path) -> str:
    """Return the name of a file that lies in the folder itself."""
    if Path(str(name)).name != name:
        raise ArtifactError(f"{folder / FILE} refers to {name!r}, which is no file of its folder.")
    return str(name)
