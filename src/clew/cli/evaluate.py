"""``clew evaluate``."""

from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, MaybeOut, Model, Trust, names
from clew.cli.output import Answer
from clew.cli.show import show_findings, show_metrics
from clew.project import api
from clew.project.open import open_bundle, open_rows


@command
def evaluate(
    context: Context,
    model: Model,
    data: Data,
    out: MaybeOut = None,
    trust: Trust = None,
) -> Answer:
    """Say how good a model is on labelled rows that it has not seen, with 95 % intervals.

    Example: `clew evaluate bundle test.csv --out evaluation.html`
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    rows = open_rows(data, context.project)
    result = api.evaluate(bundle, rows, seed=context.seed, progress=context.out.progress)
    if out is not None:
        result.save(out)
    summary = result.to_dict()

    def show(console: Console) -> None:
        show_metrics(console, summary["metrics"])
        show_findings(console, summary["findings"])
        if out is not None:
            console.print(f"Report: {out}")

    return Answer({**summary, "report": str(out) if out else None}, show)
