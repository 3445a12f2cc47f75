"""What every command shares: its common options, its answer, and what happens to an error."""

import contextlib
import functools
import inspect
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from clew.cli.exits import BAD_INPUT, DONE, OUR_FAULT
from clew.cli.output import Answer, Format, Output
from clew.collect.address import Address
from clew.collect.files import LocalTree, by_glob
from clew.core.errors import ClewError, SchemaError, UsageError


@dataclass(frozen=True, slots=True)
class Context:
    """The common options, as a command sees them.

    Parameters
    ----------
    out : Output
        Where to report progress.
    project : Path or None
        Folder given with ``--project``.
    seed : int
        Seed of everything random.
    """

    out: Output
    project: Path | None
    seed: int


_COMMON: dict[str, tuple[Any, Any]] = {
    "format": (
        Annotated[Format, typer.Option("--format", help="How the answer is written.", rich_help_panel="Every command")],
        Format.HUMAN,
    ),
    "quiet": (
        Annotated[bool, typer.Option("--quiet", "-q", help="No talk, no progress.", rich_help_panel="Every command")],
        False,
    ),
    "project": (
        Annotated[
            Path | None,
            typer.Option(help="Project folder (default: nearest upward).", rich_help_panel="Every command"),
        ],
        None,
    ),
    "seed": (
        Annotated[int, typer.Option(min=0, help="Seed of everything random.", rich_help_panel="Every command")],
        0,
    ),
}

#: What says more about DATA, in the commands that read it.
_ABOUT_DATA: dict[str, Any] = {
    "query": typer.Option(metavar="SQL", help="One SELECT, where DATA is a database.", rich_help_panel="DATA"),
    "table": typer.Option(metavar="NAME", help="A table, where DATA is a database.", rich_help_panel="DATA"),
    "filename_column": typer.Option(
        metavar="NAME", help="Add a column that says from which file a row came.", rich_help_panel="DATA"
    ),
    "encoding": typer.Option(metavar="NAME", help="Of a CSV file, e.g. cp1252.", rich_help_panel="DATA"),
    "delimiter": typer.Option(metavar="CHARACTER", help="Of a CSV file.", rich_help_panel="DATA"),
    "sheet": typer.Option(metavar="NAME", help="Of a workbook.", rich_help_panel="DATA"),
}


#: Options that name what a command writes; it says itself where two of them are the same.
_READ = frozenset({"model", "validation", "continue_from", "labels", "compare"})
_WRITTEN = frozenset({"out", "report", "save", "itemsets_out"})


def command(function: Callable[..., Answer]) -> Callable[..., None]:
    """Turn ``function(context, …) -> Answer`` into a command with the common options.

    Parameters
    ----------
    function : callable
        Takes a `Context` first and its own options after it. Where it takes an address `data`, the command also has
        the options that say more about it.

    Returns
    -------
    callable
        What typer runs: it writes the answer and ends with the right exit code.
    """
    own = inspect.signature(function, eval_str=True)
    parameters = [item for name, item in own.parameters.items() if name != "context"]
    kind = inspect.Parameter.KEYWORD_ONLY
    data = own.parameters.get("data")
    about = _ABOUT_DATA if data is not None and Address in get_args(data.annotation) else {}
    for name, option in about.items():
        annotation = Annotated[str | None, option]
        parameters.append(inspect.Parameter(name, kind, default=None, annotation=annotation))
    for name, (annotation, default) in _COMMON.items():
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))

    @functools.wraps(function)
    def run(**options: Any) -> None:
        out = Output(options.pop("format"), quiet=options.pop("quiet"))
        context = Context(out, options.pop("project"), options.pop("seed"))
        stated = {name: options.pop(name) for name in about}
        if about:
            options["data"] = Address.of(options["data"], **stated)
        raise typer.Exit(_guarded(function, context, options))

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


def _guarded(function: Callable[..., Answer], context: Context, options: dict[str, Any]) -> int:
    try:
        _keep_inputs(options)
        answer = function(context, **options)
        context.out.answer(answer)
        sys.stdout.flush()
    except SchemaError as error:
        context.out.error(str(error), rows=[problem.to_dict() for problem in error.problems])
        return BAD_INPUT
    except ClewError as error:
        context.out.error(str(error))
        return BAD_INPUT
    except BrokenPipeError:
        # The reader has gone (`clew … | head`); Python would complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        context.out.error("Interrupted. Nothing is half written, and a project or a tuning goes on where it was.")
        return 130
    except Exception as error:  # noqa: BLE001 - the last line of defence: say that it is our fault, keep the traceback
        context.out.error(f"Clew failed: {type(error).__name__}: {error}. The details are in {_log(error)}.")
        return OUR_FAULT
    return answer.code


def _keep_inputs(options: Mapping[str, Any]) -> None:
    """Refuse to write over, or over the folder of, something that the command reads."""
    written = {name: options[name] for name in sorted(_WRITTEN) if isinstance(options.get(name), Path)}
    # Of texts, only those that name rows or models; others, such as an algorithm, may have the name of a folder.
    read = {
        name: value
        for name, value in options.items()
        if name not in _WRITTEN and (name in _READ or not isinstance(value, str))
    }
    for option, out in written.items():
        if not out.exists():
            continue
        for value in read.values():
            if not isinstance(value, str | Path | Address):
                continue
            with contextlib.suppress(OSError, ValueError):  # a text that is no path is nothing to write over
                if any(_overwrites(out, place) for place in _places(value)):
                    raise UsageError(
                        f"--{option.replace('_', '-')} {out} would overwrite {value}, which the command reads.",
                        hint="Write to another place.",
                    )


def _places(value: str | Path | Address) -> list[Path]:
    """Return the files and folders of this machine that an option names."""
    if not isinstance(value, Address):
        return [Path(value)]
    if not value.is_local:
        return [value.file] if value.file is not None else []
    place = Path(value.text)
    if place.exists() or not value.has_glob:
        return [place]
    return [file.path for file in by_glob(LocalTree(), place.as_posix(), value.text) if file.path is not None]


def _overwrites(out: Path, place: Path) -> bool:
    if not place.exists():
        return False
    # A report may lie beside the files of a folder that is read; anything else there would be one of them.
    within = place.is_dir() and out.is_file() and out.suffix != ".html" and place.resolve() in out.resolve().parents
    return within or place.samefile(out) or out.resolve() in place.resolve().parents


def _log(error: BaseException) -> Path:
    handle, name = tempfile.mkstemp(prefix="clew-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
