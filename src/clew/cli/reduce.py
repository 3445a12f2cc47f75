"""``clew reduce``."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, Trust, names
from clew.cli.output import Answer, figure, show_table
from clew.cli.points import (
    Columns,
    Fitted,
    Left,
    RecipeFile,
    Report,
    RowsOut,
    Save,
    compared,
    following,
    only_applied,
)
from clew.cli.show import show_findings
from clew.core.readable import percent
from clew.project import unsupervised
from clew.project.open import domain_file, open_data, open_rows
from clew.project.unsupervised import Outputs, read_recipe
from clew.train.reduce.spec import ReduceSpec


@command
def reduce(
    context: Context,
    data: Data,
    components: Annotated[int | None, typer.Option(min=1, help="How many numbers a row.")] = None,
    variance: Annotated[
        float | None, typer.Option(help="As many as explain this share of the variance (default: 0.95).")
    ] = None,
    columns: Columns = None,
    target: Left = None,
    recipe: RecipeFile = None,
    out: RowsOut = None,
    report: Report = None,
    save: Save = None,
    fitted: Fitted = None,
    domain: DomainFile = None,
    trust: Trust = None,
) -> Answer:
    """Reduce many columns to few numbers a row, their principal components.

    Examples: `clew reduce rows.csv --components 2 --out reduced.csv`; `clew reduce rows.csv --report components.html`
    """
    if fitted is not None:
        only_applied(
            components=(components, None),
            variance=(variance, None),
            columns=(columns, None),
            target=(target, None),
            recipe=(recipe, None),
            report=(report, None),
            save=(save, None),
            domain=(domain, None),
        )
        result = unsupervised.project(open_rows(data, context.project), fitted, out, trust=names(trust) or ())
    else:
        spec = ReduceSpec(
            components=components,
            variance=variance,
            columns=compared(columns, target),
            recipe=read_recipe(recipe, names(trust) or ()),
            seed=context.seed,
        )
        rows = open_data(data, context.project, domain=domain_file(domain))
        rows = rows.with_target(target) if target is not None else rows
        result = unsupervised.reduce(rows, spec, Outputs(out, report, save), progress=context.out.progress)

    def show(console: Console) -> None:
        told = [
            [
                f"pc_{item['component']}",
                percent(item["explained"]),
                percent(item["cumulative"]),
                ", ".join(f"{part['term']} {part['weight']:+.2f}" for part in item["weights"][:4]),
            ]
            for item in result["components"]
        ]
        show_table(console, ["number", "explains", "with those before", "largest weights"], told)
        show_findings(console, result["findings"])
        console.print(
            f"{figure(result['rows'])} rows, {len(result['columns'])} columns: {len(told)} numbers explain "
            f"{percent(result['explained'])} of the variance."
        )

    asked = {"components": components, "variance": variance}
    given = {"columns": columns, "target": target, "recipe": recipe, "domain": domain, "trust": trust}
    seen = following("reduce", data.command, report, save, fitted, context.seed, **asked, **given)
    return Answer(result, show, next=seen)
