"""``clew predict``."""

from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, Model, Out, Trust, names
from clew.cli.output import Answer, figure
from clew.project import api
from clew.project.open import open_bundle, open_rows


@command
def predict(context: Context, model: Model, data: Data, out: Out, trust: Trust = None) -> Answer:
    """Predict every row of a table, in the order given.

    Example: `clew predict bundle new.csv --out predictions.parquet`
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    rows = open_rows(data, context.project)
    result = api.predict(bundle, rows, out=out, progress=context.out.progress)

    def show(console: Console) -> None:
        console.print(f"{figure(result['rows'])} rows predicted in {figure(result['seconds'])} s. Written to {out}.")

    return Answer(result, show, next=(f"clew monitor {model} {data.command}",))
