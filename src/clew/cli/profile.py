"""``clew profile``."""

from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, MaybeOut, MaybeTarget, files_only
from clew.cli.output import Answer, figure, show_table
from clew.cli.show import show_findings
from clew.project import api
from clew.project.open import domain_file, file_or_dataset

Compare = Annotated[str | None, typer.Option("--compare", metavar="DATA", help="A table to put beside this one.")]
Streaming = Annotated[
    bool | None,
    typer.Option(
        "--streaming/--no-streaming",
        help="Let the rows of a file pass by in batches (by default where they are too many for the memory).",
    ),
]

Minimal = Annotated[
    bool, typer.Option("--minimal", help="Leave out correlations, the closer look at rows, and the scorecard.")
]


@command
def profile(
    context: Context,
    data: Data,
    target: MaybeTarget = None,
    out: MaybeOut = None,
    domain: DomainFile = None,
    compare: Compare = None,
    streaming: Streaming = None,
    minimal: Minimal = False,
) -> Answer:
    """Say what is in the rows, and what deserves attention.

    Examples: `clew profile churn.csv --target Churn --out report.html`; `clew profile rows.parquet --format json`;
    `clew profile may.csv --compare june.csv --out changes.html`.
    """
    facts = domain_file(domain)
    result = api.profile(
        file_or_dataset(data, context.project, facts),
        target=target,
        domain=facts,
        compare=None if compare is None else file_or_dataset(files_only(compare, "--compare"), context.project, facts),
        streaming=streaming,
        minimal=minimal,
        seed=context.seed,
        progress=context.out.progress,
    )
    if out is not None:
        result.save(out)
    summary = result.to_dict()

    def show(console: Console) -> None:
        console.print(f"{figure(summary['rows'])} rows, {len(summary['columns'])} columns")
        if summary["sample"]:
            console.print(f"Findings and relations are from {figure(summary['sample']['rows'])} rows drawn at random.")
        show_table(
            console,
            ["column", "type", "missing", "distinct"],
            [[item["name"], item["type"], item["missing"], item["distinct"]] for item in summary["columns"][:60]],
        )
        if len(summary["columns"]) > 60:
            console.print(f"… and {len(summary['columns']) - 60} more columns; the report and --format json have all.")
        if summary["comparison"]:
            _show_comparison(console, summary["comparison"])
        if summary["scorecard"]:
            _show_scores(console, summary)
        show_findings(console, summary["findings"])
        if out is not None:
            console.print(f"Report: {out}")

    label = target or "COLUMN"
    following = (
        f"clew suggest {data.command} --target {label} --out recipe.yaml",
        f"clew train {data.command} --target {label} --out bundle",
    )
    return Answer({**summary, "report": str(out) if out else None}, show, next=following)


def _show_scores(console: Console, summary: dict[str, Any]) -> None:
    """Write the scorecard, and what would raise a score most."""
    shown = (
        f"{name} {'not assessed' if score is None else f'{score:.2f}'}" for name, score in summary["scorecard"].items()
    )
    console.print(f"Scorecard: {', '.join(shown)}")
    for fix in summary["scorecard_details"]["fixes"][:3]:
        console.print(f"  +{fix['gain']:.3f} {fix['principle']}: {fix['text']}")


def _show_comparison(console: Console, known: dict[str, Any]) -> None:
    """Write what changed between two tables."""
    console.print(f"Beside {known['source']}: {figure(known['rows']['other'])} rows.")
    for what in ("added", "removed", "retyped"):
        if known[what]:
            console.print(f"{what}: {', '.join(item['name'] for item in known[what])}")
    apart = sorted(
        (item for item in known["columns"] if item["distances"]), key=lambda item: -float(item["distances"]["js"])
    )
    rows = [
        [item["name"], round(item["distances"]["js"], 3), round(item["distances"]["psi"], 3), item["shifted"]]
        for item in apart[:20]
    ]
    show_table(console, ["column", "Jensen-Shannon", "PSI", "shifted"], rows)
