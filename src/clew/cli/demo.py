"""``clew demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.output import Answer, show_table
from clew.project.demo import run_demo


@command
def demo(
    context: Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the demonstration.")] = Path("clew-demo"),
) -> Answer:
    """Run the whole lifecycle on real flights: which of them will leave more than 30 minutes late.

    Example: `clew demo --out flights`
    """
    result = run_demo(out, progress=context.out.progress)

    def show(console: Console) -> None:
        rows = [
            [item["name"], "kept" if item["cached"] else item["status"], item["seconds"], item["result"]]
            for item in result.stages
        ]
        show_table(console, ["stage", "", "seconds", "what came out"], rows)
        same = "the same as" if result.served_equal else "NOT the same as"
        console.print(f"The server's answers were {same} the batch prediction's.")
        console.print(f"Report:  {result.report}")
        console.print(f"Bundle:  {result.bundle}")

    following = (
        f"clew serve {result.bundle}",
        f"clew lineage model:flights@1 --project {out}",
        "clew init mine --data YOUR.csv --target COLUMN && clew run mine",
    )
    return Answer(result.to_dict(), show, next=following)
