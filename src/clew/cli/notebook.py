"""``clew notebook``."""

import signal
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.output import Answer
from clew.project.notebook import Notebook, write_notebook
from clew.project.notebook_server import HOW_TO_INSTALL, NotebookServers, is_installed
from clew.project.open import open_project

_SAID = {
    "written": "written",
    "current": "up to date",
    "changed": "left as somebody has changed it; move it away for a new one",
}


@command
def notebook(
    context: Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Project folder (default: nearest).")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    only_write: Annotated[bool, typer.Option("--only-write", help="Write the notebook, and start nothing.")] = False,
) -> Answer:
    """Write a notebook with the project's rows, profile, recipe and model, and open it in JupyterLab.

    A notebook that somebody has changed is left alone. JupyterLab is an extra; it runs until it is stopped.

    Examples: `clew notebook`; `clew notebook churn --no-browser`; `clew notebook churn --only-write`
    """
    with open_project(folder or context.project) as project:
        written = write_notebook(project)
        place = project.folder
    address = None
    following: tuple[str, ...] = ()
    if not only_write:
        if is_installed():
            address = _serve(context, place, browser=not no_browser)
        else:
            following = (HOW_TO_INSTALL,)

    def show(console: Console) -> None:
        _show(console, written)

    return Answer({**written.to_dict(), "address": address}, show, next=following)


def _serve(context: Context, folder: Path, *, browser: bool) -> str:
    with _told_to_stop(), NotebookServers() as servers:
        server = servers.open(folder)
        context.out.say(f"JupyterLab is at {server.url()} (Ctrl+C ends it)")
        if browser:
            webbrowser.open(server.url())
        try:
            servers.wait(folder)
        except KeyboardInterrupt:
            context.out.say("JupyterLab is being ended.")
    return server.address


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Take SIGTERM as Ctrl+C, and Ctrl+C whoever started us: else JupyterLab would be left running."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(console: Console, written: Notebook) -> None:
    console.print(f"{written.path}: {_SAID[written.state]}.")
