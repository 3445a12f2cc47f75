"""Itemsets and rules as a page, or as a summary for a notebook."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from clew.core.excerpt import cut, findings, lines, many
from clew.core.html import Html, Section, chart, element, finding_list, fragment, join, legend, page, table, tiles
from clew.core.readable import number, percent
from clew.train.associate import charts
from clew.train.associate.network import network_of

if TYPE_CHECKING:
    from clew.train.associate.result import Associations

#: Rules and itemsets that a page lists.
_RULES, _ITEMSETS = 100, 50
_HEADERS = ("Whoever has", "has too", "Support", "Confidence", "Lift", "Leverage", "Conviction")
_METHOD = """\
Support is the share of all baskets that hold both sides of a rule; confidence, the share of the baskets with the left \
side that hold the right side too.
Lift says how many times more often that is than if both sides had nothing to do with each other: 1 is chance. \
Leverage is the same as a difference of shares. Conviction compares how often the rule fails with how often it would \
fail by chance.
The p-value is that of Fisher's exact test, one-sided: how often chance alone would bring both sides together in so \
many baskets. {adjusted}
A rule says what stands together, and not that the one brings about the other.\
"""
_ADJUSTED = (
    "It is adjusted for all pairs of frequent itemsets that could have become a rule, not only for those that did."
)
_UNADJUSTED = (
    "It is not adjusted for the number of pairs of frequent itemsets that could have become a rule: of many, some look "
    "strong by chance alone."
)


def render(found: "Associations") -> str:
    """Return an HTML document that needs nothing else."""
    method = _METHOD.format(adjusted=_UNADJUSTED if found.spec.unadjusted else _ADJUSTED)
    known = found.findings
    sections = [
        Section("overview", "Overview", _overview(found)),
        *([Section("findings", "Findings", finding_list(known))] if known is not None else []),
        *_pictures(found),
        Section("rules", "Rules", _rules(found, _RULES), lead="The surest first."),
        Section("itemsets", "Itemsets", _itemsets(found), lead=f"{_told(found)}, the most frequent first."),
        Section("method", "How to read this", join(element("p", line) for line in method.splitlines())),
    ]
    spec = found.spec
    subtitle = f"{many(found.baskets, 'basket')}, support from {percent(spec.min_support)}, confidence from "
    return page("What goes together", sections, subtitle=f"{subtitle}{percent(spec.min_confidence)}")


def summary(found: "Associations") -> str:
    """Return the overview, the first rules and the findings for a notebook."""
    return fragment(
        element("h3", "What goes together"),
        _overview(found),
        _rules(found, 20),
        findings(found.findings or ()),
        title="Association rules",
    )


def _overview(found: "Associations") -> Html:
    rules, lengths = found.rules, found.lengths
    items = int((lengths["length"] * lengths["baskets"]).sum())
    sure = int((rules.measures["p_adjusted"] <= 0.05).sum())
    how = "have a p-value up to 5 %, not adjusted for" if found.spec.unadjusted else "beyond chance at 5 %, of"
    return tiles(
        (
            ("Baskets", number(found.baskets), f"{number(items / max(found.baskets, 1), 3)} items each, on average"),
            ("Items", number(len(rules.items)), ""),
            ("Itemsets", number(len(found.itemsets)), f"{found.spec.itemsets}, from {percent(found.spec.min_support)}"),
            ("Rules", number(len(rules)), f"{sure:,} {how} {rules.tests:,} pairs"),
        )
    )


def _told(found: "Associations") -> str:
    kinds = {
        "frequent": "All frequent itemsets",
        "closed": "Itemsets without a larger one of the same support",
        "maximal": "Frequent itemsets without a larger frequent one",
    }
    return kinds[found.spec.itemsets]


def _pictures(found: "Associations") -> Iterator[Section]:
    rules = found.rules
    if not len(rules):
        return
    limits = charts.bands(rules)
    words = [f"lift up to {number(limits[0])}", *(f"to {number(limit, 3)}" for limit in limits[1:]), "above"]
    key = legend(words, colours=charts.colours(len(words)))
    dots = join((key, chart(charts.scatter(rules), label="Rules by support and confidence")))
    network = network_of(rules)
    lifts = [link.lift for link in network.links]
    told = (
        f"Items of {many(network.rules, 'rule')} with the highest lift, {number(min(lifts), 3)} to "
        f"{number(max(lifts), 3)}: the thicker, the higher. A triangle points to what is had too."
    )
    drawing = chart(charts.network_chart(network), label="Which items lead to which", caption=told)
    cards = (
        element("article", element("h3", title), body, class_="card")
        for title, body in (("Support and confidence", dots), ("What leads to what", drawing))
    )
    yield Section("pictures", "Pictures", element("div", *cards, class_="cards"))


def _rules(found: "Associations", most: int) -> Html:
    if not len(found.rules):
        return element("p", "No rule was found.", class_="empty")
    shown = found.rules.head(most)
    headers = (*_HEADERS, "p" if found.spec.unadjusted else "p adjusted", "Baskets")
    listed = table(headers, (_line(row) for row in shown.iter_rows(named=True)))
    if len(found.rules) <= most:
        return listed
    more = f"{many(len(found.rules) - most, 'more rule')}. All are in "
    return join((listed, element("p", more, element("code", ".rules.frame"), ".", class_="empty")))


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    shares = [row[name] for name in ("support", "confidence", "lift", "leverage")]
    # A rule that never fails has no finite conviction.
    conviction = row["conviction"] if math.isfinite(row["conviction"]) else None
    sides = (_side(row[side]) for side in ("antecedent", "consequent"))
    return *sides, *shares, conviction, row["p_adjusted"], row["count"]


def _side(items: list[object]) -> Html:
    return join((element("code", cut(item)) for item in items), ", ")


def _itemsets(found: "Associations") -> Html:
    first: pl.DataFrame = found.itemsets.head(_ITEMSETS)
    rows = ((_side(row["itemset"]), row["support"], row["count"]) for row in first.iter_rows(named=True))
    return lines(("Itemset", "Support", "Baskets"), rows, len(found.itemsets), "itemset", where=".itemsets")
