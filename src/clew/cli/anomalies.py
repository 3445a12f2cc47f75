"""``clew anomalies``."""

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
    unless,
)
from clew.cli.show import show_findings
from clew.core.errors import UsageError
from clew.core.readable import percent
from clew.project import unsupervised
from clew.project.open import domain_file, open_data, open_rows
from clew.project.unsupervised import Outputs, read_recipe
from clew.train.anomaly.spec import AnomalyAlgorithm, AnomalySpec


@command
def anomalies(
    context: Context,
    data: Data,
    algorithm: Annotated[
        AnomalyAlgorithm, typer.Option(help="What scores the rows.")
    ] = AnomalyAlgorithm.ISOLATION_FOREST,
    contamination: Annotated[
        str, typer.Option(metavar="auto|SHARE", help="Share of the rows that count as anomalous.")
    ] = "auto",
    neighbours: Annotated[int | None, typer.Option(min=1, help="Rows that a row is compared with, for lof.")] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows that get reasons, the oddest first.")] = AnomalySpec.shown,
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
    """Find rows unlike the others, each with the columns that make it so.

    Examples: `clew anomalies orders.csv --report anomalies.html --save detector`;
    `clew anomalies new.csv --fitted detector --out scored.csv`
    """
    if fitted is not None:
        only_applied(
            algorithm=(algorithm, AnomalyAlgorithm.ISOLATION_FOREST),
            contamination=(contamination, "auto"),
            neighbours=(neighbours, None),
            columns=(columns, None),
            target=(target, None),
            recipe=(recipe, None),
            report=(report, None),
            save=(save, None),
            domain=(domain, None),
        )
        result = unsupervised.score(open_rows(data, context.project), fitted, out, trust=names(trust) or (), shown=top)
    else:
        spec = AnomalySpec(
            algorithm=algorithm.value,
            contamination=_share(contamination),
            neighbours=neighbours,
            columns=compared(columns, target),
            recipe=read_recipe(recipe, names(trust) or ()),
            shown=top,
            seed=context.seed,
        )
        rows = open_data(data, context.project, domain=domain_file(domain))
        rows = rows.with_target(target) if target is not None else rows
        result = unsupervised.anomalies(rows, spec, Outputs(out, report, save), progress=context.out.progress)

    def show(console: Console) -> None:
        told = [
            [
                str(item["row"]),
                item["score"],
                item["anomalous"],
                "\n".join(
                    f"{reason['column']} {_value(reason['value'])}: {reason['usual']}" for reason in item["reasons"]
                )
                or "its values together; none alone",
            ]
            for item in result["anomalies"]
        ]
        show_table(console, ["row", "score", "anomalous", "because"], told)
        show_findings(console, result["findings"])
        odd = f"{figure(result['anomalous'])} of {figure(result['rows'])} rows ({percent(result['share'])})"
        console.print(f"{odd} are anomalous: those with a score below 0; the lower, the odder.")

    asked = {
        "algorithm": unless(AnomalyAlgorithm.ISOLATION_FOREST, algorithm),
        "contamination": unless("auto", contamination),
        "neighbours": neighbours,
        "top": unless(AnomalySpec.shown, top),
    }
    given = {"columns": columns, "target": target, "recipe": recipe, "domain": domain, "trust": trust}
    seen = following("anomalies", data.command, report, save, fitted, context.seed, **asked, **given)
    return Answer(result, show, next=seen)


def _value(value: object) -> object:
    return figure(value) if isinstance(value, float) else value


def _share(text: str) -> float | None:
    if text.lower() == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--contamination is {text!r}; it takes a share above 0 and up to 0.5, or auto.") from None
