"""``clew predict``."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, Model, Out, Trust, names
from clew.cli.output import Answer, figure
from clew.project import api
from clew.project.open import open_bundle, open_rows


@command
def predict(
    context: Context,
    model: Model,
    data: Data,
    out: Out,
    interval: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Add low and high, between which the truth lies so often, e.g. 0.9."),
    ] = None,
    trust: Trust = None,
) -> Answer:
    """Predict every row of a table, in the order given.

    Examples: `clew predict bundle new.csv --out predictions.parquet`;
    `clew predict bundle new.csv --interval 0.9 --out predictions.csv`, for a model that predicts numbers
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    rows = open_rows(data, context.project)
    result = api.predict(bundle, rows, out=out, interval=interval, progress=context.out.progress)

    def show(console: Console) -> None:
        console.print(f"{figure(result['rows'])} rows predicted in {figure(result['seconds'])} s. Written to {out}.")

    return Answer(result, show, next=(f"clew monitor {model} {data.command}",))
