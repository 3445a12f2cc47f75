"""``clew monitor``."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.exits import DONE, VIOLATED
from clew.cli.options import Data, MaybeOut, Model, Trust, files_only, names
from clew.cli.output import Answer, figure, show_table
from clew.monitor.monitor import monitor as watch
from clew.project.open import open_bundle, open_rows


@command
def monitor(
    context: Context,
    model: Model,
    data: Data,
    labels: Annotated[
        str | None, typer.Option(metavar="DATA", help="What really was, in the order of the rows.")
    ] = None,
    out: MaybeOut = None,
    trust: Trust = None,
) -> Answer:
    """Compare later rows, or what a server captured, with the rows a model was trained on.

    Ends with exit code 1 if a limit is violated.

    Example: `clew monitor bundle later.csv --out monitor.html`
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    result = watch(
        bundle,
        open_rows(data, context.project),
        labels=open_rows(files_only(labels, "--labels"), context.project) if labels else None,
        progress=context.out.progress,
    )
    if out is not None:
        result.save(out)
    summary = result.to_dict()

    def show(console: Console) -> None:
        rows = [
            [item["code"], item["column"] or "", item["value"], item["threshold"], item["detail"]]
            for item in summary["violations"]
        ]
        if rows:
            show_table(console, ["code", "column", "value", "limit", "what changed"], rows)
        for notice in summary["notices"]:
            console.print(f"Note {notice['code']}: {notice['detail']}")
        console.print(f"{figure(summary['rows'])} rows, {len(rows)} {'violation' if len(rows) == 1 else 'violations'}.")
        if out is not None:
            console.print(f"Report: {out}")

    code = VIOLATED if result.violated else DONE
    return Answer({**summary, "report": str(out) if out else None}, show, code=code)
