"""``clew serve``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Model, Trust, names
from clew.cli.output import Answer
from clew.deploy.server import serve as serve_bundle
from clew.project.open import open_bundle


@command
def serve(
    context: Context,
    model: Model,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8080,
    capture: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep requests and answers in a Delta table here.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Require the token in this file with every request.")
    ] = None,
    trust: Trust = None,
) -> Answer:
    """Serve a model over HTTP until it is stopped: `/ping`, `/invocations`.

    Example: `clew serve bundle --capture captured`, and then
    `curl -H 'Content-Type: text/csv' --data-binary @rows.csv http://127.0.0.1:8080/invocations`
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    result = serve_bundle(bundle, host=host, port=port, capture=capture, token_file=token_file, say=context.out.say)

    def show(console: Console) -> None:
        console.print("The server has stopped.")

    return Answer(result, show)
