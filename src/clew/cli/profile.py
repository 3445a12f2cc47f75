"""``clew profile``."""

from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, MaybeOut, MaybeTarget
from clew.cli.output import Answer, figure, show_table
from clew.cli.show import show_findings
from clew.project import api
from clew.project.open import domain_file, open_data


@command
def profile(
    context: Context, data: Data, target: MaybeTarget = None, out: MaybeOut = None, domain: DomainFile = None
) -> Answer:
    """Say what is in the rows, and what deserves attention.

    Examples: `clew profile churn.csv --target Churn --out report.html`; `clew profile rows.parquet --format json`.
    """
    facts = domain_file(domain)
    dataset = open_data(data, context.project, domain=facts)
    result = api.profile(dataset, target=target, domain=facts, progress=context.out.progress)
    if out is not None:
        result.save(out)
    summary = result.to_dict()

    def show(console: Console) -> None:
        console.print(f"{figure(summary['rows'])} rows, {len(summary['columns'])} columns")
        show_table(
            console,
            ["column", "kind", "missing", "distinct"],
            [[item["name"], item["kind"], item["missing"], item["distinct"]] for item in summary["columns"][:60]],
        )
        if len(summary["columns"]) > 60:
            console.print(f"… and {len(summary['columns']) - 60} more columns; the report and --format json have all.")
        show_findings(console, summary["findings"])
        if out is not None:
            console.print(f"Report: {out}")

    label = target or "COLUMN"
    following = (
        f"clew suggest {data.command} --target {label} --out recipe.yaml",
        f"clew train {data.command} --target {label} --out bundle",
    )
    return Answer({**summary, "report": str(out) if out else None}, show, next=following)
