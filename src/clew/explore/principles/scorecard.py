"""The scorecard of a table."""

from collections.abc import Sequence

from clew.core.finding import Finding
from clew.explore.checks.table import Table
from clew.explore.insights import Insights
from clew.explore.principles.accuracy import accuracy
from clew.explore.principles.completeness import completeness
from clew.explore.principles.diversity import diversity
from clew.explore.principles.relevance import relevance
from clew.explore.principles.scores import Scorecard


def scorecard(table: Table, found: Sequence[Finding], seen: Insights, *, repeated: int) -> Scorecard:
    """Score a table by the four principles.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    found : sequence of Finding
        All findings, not gathered.
    seen : Insights
        What a closer look shows.
    repeated : int
        Rows that equal an earlier one.
    """
    return Scorecard(
        (
            relevance(table, found, seen),
            diversity(table, repeated, seen),
            completeness(table, found, seen),
            accuracy(table, found, seen),
        )
    )
