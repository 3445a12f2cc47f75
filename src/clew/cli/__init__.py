"""The command line over project; no logic.

The table below names every command with its module, so that ``clew --help`` loads none of them and a command loads
only its own.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.exceptions import TyperException

from clew.cli.exits import BAD_INPUT
from clew.core.version import VERSION


class Command(NamedTuple):
    """Where a command lives.

    Parameters
    ----------
    module : str
        Module below `clew.cli`.
    function : str
        Function that runs it, or name of the `typer.Typer` with its subcommands.
    group : str
        Panel of the help page.
    help : str
        One line.
    """

    module: str
    function: str
    group: str
    help: str


_START, _TABLE, _MODEL, _USE, _BOOKS = (
    "Start here",
    "Understand and prepare",
    "Learn and judge",
    "Use and watch",
    "Books",
)

COMMANDS: dict[str, Command] = {
    "demo": Command("demo", "demo", _START, "The whole lifecycle on real flights, in minutes."),
    "init": Command("project", "init", _START, "Write a commented clew.yaml for your table."),
    "run": Command("project", "run", _START, "Run what has changed; resume after an interruption."),
    "studio": Command("studio", "studio", _START, "See, understand and prepare data in a browser."),
    "notebook": Command("notebook", "notebook", _START, "A notebook of a project, its rows and results loaded."),
    "profile": Command("profile", "profile", _TABLE, "What is in the rows, and what deserves attention."),
    "suggest": Command("prepare", "suggest", _TABLE, "A recipe with a reason for every step."),
    "prepare": Command("prepare", "prepare", _TABLE, "Fit a recipe and apply it, or apply a fitted one."),
    "recipe": Command("recipe", "app", _TABLE, "Show a recipe and what it learnt."),
    "train": Command("train", "train", _MODEL, "Train and compare models; always leaves a bundle."),
    "tune": Command("tune", "tune", _MODEL, "Look for the best hyperparameters; resumes after an interruption."),
    "cluster": Command("cluster", "cluster", _MODEL, "Groups of rows that are alike, and what sets each apart."),
    "anomalies": Command("anomalies", "anomalies", _MODEL, "Rows unlike the others, and why."),
    "reduce": Command("reduce", "reduce", _MODEL, "Few numbers a row that keep most of many columns."),
    "associate": Command("associate", "associate", _MODEL, "Which items go together in baskets."),
    "evaluate": Command("evaluate", "evaluate", _MODEL, "How good a model is, with intervals."),
    "card": Command("registry", "card", _MODEL, "The card of a model."),
    "predict": Command("predict", "predict", _USE, "Predict every row of a table."),
    "serve": Command("serve", "serve", _USE, "Serve a model over HTTP."),
    "monitor": Command("monitor", "monitor", _USE, "Compare later rows with the training rows."),
    "data": Command("data", "app", _BOOKS, "Dataset versions: list, add, diff."),
    "runs": Command("registry", "runs", _BOOKS, "What ran, when, and how it ended."),
    "models": Command("registry", "models", _BOOKS, "Registered models, versions and aliases."),
    "promote": Command("registry", "promote", _BOOKS, "Point an alias such as champion to a version."),
    "rollback": Command("registry", "rollback", _BOOKS, "Point an alias back to where it pointed before."),
    "lineage": Command("registry", "lineage", _BOOKS, "What a thing was made from, and what was made from it."),
}


def build(chosen: str | None) -> typer.Typer:
    """Return the application in which only the chosen command is loaded."""
    app = typer.Typer(
        name="clew",
        help="The thread through the maze of machine learning: from a table and a question to a monitored model.",
        epilog="Begin with `clew demo`, or with your own table: `clew init churn --data churn.csv --target Churn`.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    app.callback()(_version)
    for name, command in COMMANDS.items():
        loaded = _load(command) if name == chosen else None
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name, help=command.help, rich_help_panel=command.group)
        else:
            app.command(name, short_help=command.help, rich_help_panel=command.group)(loaded or _placeholder)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the installed ``clew``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in given if not word.startswith("-")), None)
    try:
        code = build(chosen)(args=given, prog_name="clew", standalone_mode=False)
    except TyperException as error:
        message = " ".join(error.format_message().split())
        if not message:  # a command that only lists its subcommands
            build(chosen)(args=[*given, "--help"], prog_name="clew", standalone_mode=False)
            sys.exit(BAD_INPUT)
        name = f"clew {chosen}" if chosen in COMMANDS else "clew"
        ended = message if message.endswith((".", "?")) else f"{message}."
        _say_wrong(f"{ended} Hint: `{name} --help` lists what there is.", given)
        sys.exit(BAD_INPUT)
    sys.exit(code if isinstance(code, int) else 0)


def _say_wrong(message: str, given: Sequence[str]) -> None:
    """Write an error about options that could not be read, as the commands write theirs."""
    output = import_module("clew.cli.output")  # loads what `--help` does not need
    pairs = zip(given, [*given[1:], ""], strict=True)
    wants_json = any(word == "--format=json" or (word, then) == ("--format", "json") for word, then in pairs)
    output.Output(output.Format.JSON if wants_json else output.Format.HUMAN, quiet=False).error(message)


def _load(command: Command) -> Any:
    return getattr(import_module(f"clew.cli.{command.module}"), command.function)


def _placeholder() -> None:
    """Stand for a command that was not chosen; only its line of help is ever shown."""


def _show_version(value: bool) -> None:
    if value:
        typer.echo(VERSION)
        raise typer.Exit


def _version(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    del version


__all__ = ["COMMANDS", "Command", "build", "main"]
