"""Where a thing comes from, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from clew.core.errors import UsageError, did_you_mean
from clew.store.schema import edges
from clew.store.transactions import Transactions


class Lineage:
    """The lineage of a project."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def of(self, node: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Return everything a thing comes from and led to.

        Parameters
        ----------
        node : str
            ``"run:3"``, ``"dataset:flights@1"``, ``"model:flights@2"`` …

        Returns
        -------
        nodes : list of str
            Connected things, sorted.
        edges : list of dict
            ``source``, ``relation``, ``target``.

        Raises
        ------
        UsageError
            If nothing is known of it.
        """
        with self._transactions.read() as connection:
            links = [dict(row) for row in connection.execute(sa.select(edges).order_by(edges.c.id)).mappings()]
        known = {link["source"] for link in links} | {link["target"] for link in links}
        if node not in known:
            raise UsageError(f"Nothing is known of {node!r}.", hint=did_you_mean(node, sorted(known)))
        reached = _follow(node, links, "target", "source") | _follow(node, links, "source", "target")
        inside = [link for link in links if link["source"] in reached and link["target"] in reached]
        seen: dict[tuple[str, str, str], None] = {}
        for link in inside:
            seen[(link["source"], link["relation"], link["target"])] = None
        return sorted(reached), [{"source": a, "relation": how, "target": b} for a, how, b in seen]


def _follow(start: str, links: Sequence[Mapping[str, Any]], here: str, there: str) -> set[str]:
    reached, frontier = {start}, [start]
    while frontier:
        node = frontier.pop()
        for link in links:
            if link[here] == node and link[there] not in reached:
                reached.add(link[there])
                frontier.append(link[there])
    return reached
