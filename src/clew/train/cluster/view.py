"""Clusters for people: a summary for a notebook, and a report as one page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.excerpt import cut, findings, many, rest
from clew.core.html import Html, Section, chart, element, finding_list, fragment, join, page, prose, table, tiles
from clew.core.readable import number, percent
from clew.train.points.charts import colour_of, lines, scatter
from clew.train.points.view import compared

if TYPE_CHECKING:
    from clew.train.cluster.cluster_count import ClusterCount
    from clew.train.cluster.criteria import Criterion
    from clew.train.cluster.profile import Profile
    from clew.train.cluster.result import ClusterResult

#: Columns side by side, and clusters, that a page shows, and characters of the title of one.
_COLUMNS, _CLUSTERS, _TITLE = 60, 24, 120
_METHOD = """\
Rows are compared by all columns named above alike: numbers on one scale, and every label of a category as far from \
the others as if all were equally frequent. What a recipe makes of one column shares the weight of that column.
The silhouette says how much closer rows lie to their own cluster than to the next: 1 is far apart, 0 no difference.
Stability says how much of a cluster is found again from half of the rows, by the rows in both over the rows in \
either; below 0.6 a cluster had better not be relied on.
What sets a cluster apart is told by the difference to all other rows: for numbers by how much more probable the \
larger value is in a pair of rows (Cliff's delta), for labels by the difference of their shares. These are \
descriptions of the rows by which the clusters were made, no tests: any clusters would differ.\
"""
_PICTURE = (
    "Each point is a row, placed along the two directions in which rows differ most. Clusters that overlap here may be "
    "apart in other directions."
)
_BESIDE = "The median of numbers, and the most frequent label with its share."


def cluster_view(result: "ClusterResult") -> str:
    """Return the clusters for a notebook."""
    return fragment(element("h3", "Clusters"), *_summary(result), title="Clusters")


def _summary(result: "ClusterResult") -> Iterator[Html | None]:
    yield _tiles(result)
    listed = [
        (profile.cluster, cut(profile.name), profile.size, percent(profile.share), _rounded(profile.stability))
        for profile in result.profiles[:_CLUSTERS]
    ]
    yield table(("Cluster", "What it is like", "Rows", "Share", "Stability"), listed) if listed else None
    yield rest(result.k, _CLUSTERS, "cluster", ".profiles")
    yield findings(result.findings)


def cluster_page(result: "ClusterResult") -> str:
    """Return the report as an HTML document that needs nothing else."""
    sections = [
        Section("overview", "Overview", join((_tiles(result), compared(result.clusters.points, "compared by")))),
        Section("findings", "Findings", finding_list(result.findings)),
    ]
    if result.k:
        sections.append(Section("clusters", "What sets each apart", _cards(result)))
        sections.append(Section("picture", "The rows in two directions", _picture(result), lead=_PICTURE))
    if result.beside:
        sections.append(Section("beside", "Side by side", _beside(result), lead=_BESIDE))
    if result.choice is not None and result.choice.criteria:
        sections.append(Section("number", "How many clusters", _number(result.choice), lead=result.choice.why))
    method = join(element("p", line) for line in _METHOD.splitlines())
    sections.append(Section("method", "How to read this", method))
    told = f"{many(len(result.labels), 'row')}, by {result.clusters.algorithm}"
    return page("Clusters", sections, subtitle=told)


def _tiles(result: "ClusterResult") -> Html:
    outside = int((result.labels < 0).sum())
    choice = result.choice
    how = "found by the algorithm" if choice is None else "chosen" if choice.criteria else "asked for"
    sure = [profile.stability for profile in result.profiles if profile.stability is not None]
    items: list[tuple[str, object, str]] = [
        ("Clusters", number(result.k), how),
        ("Rows", number(len(result.labels)), f"{outside:,} in no cluster" if outside else "each in one"),
        ("Silhouette", _rounded(result.silhouette), "from -1 to 1"),
    ]
    if sure:
        items.append(("Least stable", _rounded(min(sure)), "found again from half of the rows"))
    return tiles(items)


def _cards(result: "ClusterResult") -> Html:
    cards = [_card(profile) for profile in result.profiles[:_CLUSTERS]]
    more = rest(result.k, _CLUSTERS, "cluster")
    return join(part for part in (element("div", *cards, class_="cards"), more) if part is not None)


def _card(profile: "Profile") -> Html:
    dot = element("span", "\N{BLACK CIRCLE} ", style=f"color:{colour_of(profile.cluster)}", aria_hidden="true")
    sure = f", stability {profile.stability:.2f}" if profile.stability is not None else ""
    size = (
        f"{many(profile.size, 'row')} ({percent(profile.share)}){sure}; the most typical is row {profile.typical_row}."
    )
    told = [element("li", prose(text)) for text in profile.sentences]
    said = element("ul", *told) if told else element("p", "Nothing sets it apart by much.", class_="empty")
    title = element("h3", dot, f"{profile.cluster}: {cut(profile.name, _TITLE)}")
    return element("article", title, element("p", size), said, class_="card")


def _picture(result: "ClusterResult") -> Html:
    called = {profile.cluster: f"{profile.cluster}, {cut(profile.name, 40)}" for profile in result.profiles}
    drawn = f"{many(len(result.picture.rows), 'row')} of {len(result.labels):,}"
    return chart(scatter(result.picture, called), label="Rows in two directions, by cluster", caption=drawn)


def _beside(result: "ClusterResult") -> Html:
    heads = ("Column", *(str(profile.cluster) for profile in result.profiles[:_CLUSTERS]))
    rows = [(element("code", item.column), *item.cells[:_CLUSTERS]) for item in result.beside[:_COLUMNS]]
    more = rest(len(result.beside), _COLUMNS, "column")
    return join(part for part in (table(heads, rows), more) if part is not None)


def _number(choice: "ClusterCount") -> Html:
    heads = ("Clusters", *(criterion.label for criterion in choice.criteria))
    rows = [
        (element("strong" if k == choice.k else "span", k), *(_said(c, place, k) for c in choice.criteria))
        for place, k in enumerate(choice.tried)
    ]
    drawn = [
        chart(
            lines(choice.tried, criterion.values, titles=("clusters", criterion.label), marked=criterion.best),
            label=f"{criterion.label} for each number of clusters",
            caption=f"{_preferred(criterion)}: {criterion.rule}.",
        )
        for criterion in choice.criteria
    ]
    caption = f"Asked about {many(choice.rows, 'row')}; a tick marks what each prefers"
    listed = table(heads, rows, caption=caption)
    cards = (element("article", drawing, class_="card") for drawing in drawn)
    return join((listed, element("div", *cards, class_="cards")))


def _preferred(criterion: "Criterion") -> str:
    return "Nothing could be measured" if criterion.best is None else f"Prefers {criterion.best}"


def _said(criterion: "Criterion", place: int, k: int) -> Html:
    value = number(criterion.values[place])
    return element("strong", value, " \N{CHECK MARK}") if k == criterion.best else element("span", value)


def _rounded(value: float | None) -> str:
    return number(None) if value is None else f"{value:.2f}"
