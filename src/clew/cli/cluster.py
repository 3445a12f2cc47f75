"""``clew cluster``."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, Trust, names
from clew.cli.output import Answer, figure
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
from clew.train.cluster.spec import MOST_TRIED, ClusterAlgorithm, ClusterSpec


@command
def cluster(
    context: Context,
    data: Data,
    k: Annotated[str, typer.Option(metavar="auto|N", help="Number of clusters; auto asks several criteria.")] = "auto",
    algorithm: Annotated[ClusterAlgorithm, typer.Option(help="What finds them.")] = ClusterAlgorithm.K_MEANS,
    k_max: Annotated[
        int, typer.Option(min=2, max=MOST_TRIED, help="Clusters at most where the number is chosen.")
    ] = ClusterSpec.k_max,
    min_cluster_size: Annotated[
        int | None, typer.Option(min=2, help="Rows of the smallest cluster, for hdbscan.")
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
    """Find groups of rows that are alike, how many there are, and what sets each apart.

    Examples: `clew cluster customers.csv --report clusters.html --save clusters`;
    `clew cluster new.csv --fitted clusters --out assigned.csv`
    """
    if fitted is not None:
        only_applied(
            k=(k, "auto"),
            algorithm=(algorithm, ClusterAlgorithm.K_MEANS),
            k_max=(k_max, ClusterSpec.k_max),
            min_cluster_size=(min_cluster_size, None),
            columns=(columns, None),
            target=(target, None),
            recipe=(recipe, None),
            report=(report, None),
            save=(save, None),
            domain=(domain, None),
        )
        result = unsupervised.assign(open_rows(data, context.project), fitted, out, trust=names(trust) or ())
    else:
        spec = ClusterSpec(
            algorithm=algorithm.value,
            k=_number(k),
            k_max=k_max,
            min_cluster_size=min_cluster_size,
            columns=compared(columns, target),
            recipe=read_recipe(recipe, names(trust) or ()),
            seed=context.seed,
        )
        rows = open_data(data, context.project, domain=domain_file(domain))
        rows = rows.with_target(target) if target is not None else rows
        result = unsupervised.cluster(rows, spec, Outputs(out, report, save), progress=context.out.progress)

    def show(console: Console) -> None:
        for item in result["clusters"]:
            sure = f", stability {item['stability']:.2f}" if item["stability"] is not None else ""
            console.print(f"{item['cluster']}: {item['name']}")
            console.print(f"   {_rows(item['size'])} ({percent(item['share'])}){sure}")
            for sentence in item["profile"]:
                console.print(f"   - {sentence.replace('`', '')}")
        show_findings(console, result["findings"])
        if result["choice"]:
            console.print(result["choice"]["why"])
        outside = result["without_cluster"]
        console.print(
            f"{result['k']} clusters of {figure(result['rows'])} rows"
            f"{f', {figure(outside)} in none' if outside else ''}, silhouette {figure(result['silhouette'])}."
        )

    asked = {
        "k": unless("auto", k),
        "algorithm": unless(ClusterAlgorithm.K_MEANS, algorithm),
        "k_max": unless(ClusterSpec.k_max, k_max),
        "min_cluster_size": min_cluster_size,
    }
    given = {"columns": columns, "target": target, "recipe": recipe, "domain": domain, "trust": trust}
    seen = following("cluster", data.command, report, save, fitted, context.seed, **asked, **given)
    return Answer(result, show, next=seen)


def _rows(count: int) -> str:
    return f"{figure(count)} row{'' if count == 1 else 's'}"


def _number(text: str) -> int | None:
    if text.lower() == "auto":
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--k is {text!r}; it takes a whole number from 2 on, or auto.") from None
