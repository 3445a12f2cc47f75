"""``clew associate``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, Out
from clew.cli.output import Answer, figure, show_table
from clew.cli.points import spelt, unless
from clew.cli.show import show_findings
from clew.project.associating import associate as find
from clew.project.open import domain_file, open_data
from clew.train.associate.itemsets import Kind
from clew.train.associate.significance import Correction
from clew.train.associate.spec import AssociationSpec

#: Rules that are shown to people.
_SHOWN = 20
_USUAL = AssociationSpec()


@command
def associate(
    context: Context,
    data: Data,
    out: Out,
    transaction: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What tells baskets apart; none for a wide table.")
    ] = None,
    item: Annotated[str | None, typer.Option(metavar="COLUMN", help="What lies in the baskets.")] = None,
    min_support: Annotated[float, typer.Option(help="Share of baskets that hold a rule's items.")] = _USUAL.min_support,
    min_confidence: Annotated[float, typer.Option(help="How often a rule holds at least.")] = _USUAL.min_confidence,
    min_lift: Annotated[float | None, typer.Option(help="How many times more often than by chance.")] = None,
    min_improvement: Annotated[
        float | None, typer.Option(help="What every item of an antecedent must add to the confidence.")
    ] = None,
    max_length: Annotated[int | None, typer.Option(min=1, help="Items of a rule at most (default: any).")] = None,
    max_consequent: Annotated[int, typer.Option(min=1, help="Items on the right of a rule at most.")] = (
        _USUAL.max_consequent
    ),
    itemsets: Annotated[Kind, typer.Option(help="Which itemsets are listed.")] = Kind.FREQUENT,
    correction: Annotated[Correction, typer.Option(help="How p-values are adjusted.")] = Correction.BENJAMINI_HOCHBERG,
    max_p: Annotated[float | None, typer.Option(help="Largest adjusted p-value (default: any).")] = None,
    itemsets_out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write the itemsets.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write the HTML report.")] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to keep what `AssociationRules.load` reads.")
    ] = None,
    domain: DomainFile = None,
) -> Answer:
    """Find which items go together in baskets.

    Examples: `clew associate lines.csv --transaction order --item product --min-support 0.001 --out rules.parquet`;
    `clew associate wide.csv --itemsets closed --out rules.csv --report rules.html`.
    """
    spec = AssociationSpec(
        min_support=min_support,
        min_confidence=min_confidence,
        min_lift=min_lift,
        min_improvement=min_improvement,
        max_length=max_length,
        max_consequent=max_consequent,
        itemsets=itemsets.value,
        correction=correction.value,
        max_p=max_p,
    )
    spec.check()
    result = find(
        open_data(data, context.project, domain=domain_file(domain)),
        spec,
        transaction=transaction,
        item=item,
        out=out,
        itemsets=itemsets_out,
        report=report,
        save=save,
        progress=context.out.progress,
    )

    def show(console: Console) -> None:
        rows = [
            [
                f"{_side(rule['antecedent'])} → {_side(rule['consequent'])}",
                *(rule[key] for key in ("support", "confidence", "lift", "p_adjusted")),
            ]
            for rule in result["strongest"][:_SHOWN]
        ]
        show_table(console, ["rule", "support", "confidence", "lift", "p" if spec.unadjusted else "p adjusted"], rows)
        show_findings(console, result["findings"])
        how = "with an unadjusted p-value up to 5 %" if spec.unadjusted else "beyond chance at 5 %"
        console.print(
            f"{figure(result['baskets'])} baskets, {figure(result['items'])} items: {figure(result['itemsets'])} "
            f"{result['kind']} itemsets, {figure(result['rules'])} rules, {figure(result['significant'])} of them "
            f"{how}. Rules: {out}"
        )

    asked = {
        "transaction": transaction,
        "item": item,
        "min_support": unless(_USUAL.min_support, min_support),
        "min_confidence": unless(_USUAL.min_confidence, min_confidence),
        "min_lift": min_lift,
        "min_improvement": min_improvement,
        "max_length": max_length,
        "max_consequent": unless(_USUAL.max_consequent, max_consequent),
        "itemsets": unless(Kind.FREQUENT, itemsets),
        "correction": unless(Correction.BENJAMINI_HOCHBERG, correction),
        "max_p": max_p,
        "domain": domain,
        "out": out,
    }
    following = () if report is not None else (f"clew associate {data.command}{spelt(**asked)} --report rules.html",)
    return Answer(result, show, next=following)


def _side(items: list[object]) -> str:
    return ", ".join(map(str, items))
