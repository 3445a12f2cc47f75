"""``clew studio``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.output import Answer
from clew.core.errors import UsageError
from clew.project.open import find_project
from clew.studio.server import serve


@command
def studio(
    context: Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A project or a folder of projects (default: the nearest, or here)."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond this machine a token is asked for.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The token that everybody must show (default: made anew).")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> Answer:
    """See, understand and prepare data in a browser, until it is stopped.

    Examples: `clew studio`; `clew studio churn --port 0`; `clew studio projects --no-browser`
    """
    if folder is not None and context.project is not None:
        raise UsageError("A folder is given, and --project as well.", hint="Give one of them.")
    chosen = folder or context.project or find_project(Path.cwd()) or Path.cwd()
    result = serve(chosen, host=host, port=port, token_file=token_file, browser=not no_browser, say=context.out.say)

    def show(console: Console) -> None:
        console.print("The studio has stopped.")

    return Answer(result, show)
