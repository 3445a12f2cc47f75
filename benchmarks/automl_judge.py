"""Wins, ties and losses from the answers of all systems, and the tables that people read."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from automl_tables import Table
from numpy.typing import NDArray
from paired import counts_of, errors, verdict

OURS = "clew"
Answers = Mapping[str, NDArray[Any]]


def judged(table: Table, answers: Answers) -> dict[str, Any]:
    """Return each system's error on the test rows, and how ours compares with every other, in pairs of rows.

    A table whose systems do not differ beyond noise, the best from the worst included, has no spread: all are ties.
    """
    counts = counts_of(len(table.truth))
    found = {name: errors(table.task, table.truth, answer, counts) for name, answer in answers.items()}
    ordered = sorted(found, key=lambda name: found[name][0])
    spread = any(verdict(found[a], found[b])[2] != "tie" for a, b in combinations(ordered, 2))
    against = {}
    for name in found if OURS in found else ():
        if name == OURS:
            continue
        mine, theirs = found[OURS], found[name]
        low, high, result = verdict(mine, theirs)
        against[name] = {
            "difference": _short(theirs[0] - mine[0]),
            "interval": [_short(low), _short(high)],
            "ratio": _short(mine[0] / theirs[0]) if theirs[0] > 0 else 1.0,
            "result": result if spread else "tie",
        }
    return {"spread": spread, "error": {name: _short(found[name][0]) for name in found}, "against": against}


def summary(tables: Mapping[str, Any], systems: Sequence[str]) -> dict[str, Any]:
    """Return what the tables say about each system; a system without an answer loses to ours."""
    told = {}
    for name in systems:
        runs = [table["systems"][name] for table in tables.values() if name in table["systems"]]
        worked = [run for run in runs if "failed" not in run]
        entry: dict[str, Any] = {"tables": len(runs), "failed": len(runs) - len(worked)}
        for key in ("fit_s", "row_ms", "rows_per_s", "size_mb", "peak_mb"):
            if worked:
                entry[key] = _short(statistics.median(run[key] for run in worked))
        if worked:
            entry["longest_fit_s"] = max(run["fit_s"] for run in worked)
            entry["peak_mb_at_most"] = max(run["peak_mb"] for run in worked)
        if name != OURS:
            entry.update(_record(tables, name))
        told[name] = entry
    return told


def _record(tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    both = {key: t["against"][name] for key, t in tables.items() if name in t["against"]}
    results = {key: pair["result"] for key, pair in both.items()}
    for key, table in tables.items():
        runs = table["systems"]
        if name in runs and "failed" in runs[name] and "failed" not in runs.get(OURS, {"failed": ""}):
            results[key] = "win"
        elif name in runs and "failed" in runs.get(OURS, {}) and "failed" not in runs[name]:
            results[key] = "loss"
    wins, losses = (sorted(key for key, result in results.items() if result == what) for what in ("win", "loss"))
    decided = len(wins) + len(losses)
    spread = [pair["ratio"] for key, pair in both.items() if tables[key]["spread"] and pair["ratio"] > 0]
    times = [
        tables[key]["systems"][name]["row_ms"] / tables[key]["systems"][OURS]["row_ms"]
        for key in both
        if "failed" not in tables[key]["systems"][OURS]
    ]
    return {
        "wins": len(wins),
        "ties": len(results) - decided,
        "losses": len(losses),
        "lost": losses,
        "won_of_decided": _short(len(wins) / decided) if decided else None,
        "error_ratio": _short(float(np.exp(np.mean(np.log(spread))))) if spread else None,
        "error_ratio_median": _short(statistics.median(spread)) if spread else None,
        "row_times": _short(statistics.median(times)) if times else None,
    }


def by_table(tables: Mapping[str, Any], systems: Sequence[str]) -> str:
    """Return the errors as Markdown; ``+`` marks what ours beats beyond noise, ``-`` what beats ours."""
    lines = [f"| table | rows | metric | {' | '.join(systems)} |", "|---|--:|---|" + "--:|" * len(systems)]
    for name, table in tables.items():
        cells = []
        for system in systems:
            if system not in table["error"]:
                cells.append("failed" if system in table["systems"] else "")
                continue
            sign = {"win": " +", "loss": " -"}.get(table["against"].get(system, {}).get("result", ""), "")
            cells.append(f"{table['error'][system]:.5g}{sign}")
        lines.append(f"| {name} | {sum(table['rows'])} | {table['metric']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def by_system(told: Mapping[str, Any]) -> str:
    """Return the summary as Markdown."""
    heads = (
        "system",
        "won",
        "tied",
        "lost",
        "won of decided",
        "error, ours to theirs: mean (median)",
        "fit s (longest)",
    )
    costs = ("one row ms", "rows a second", "MB saved", "peak MB (highest)")
    lines = [f"| {' | '.join((*heads, *costs))} |", "|---|" + "--:|" * (len(heads) + len(costs) - 1)]
    for name, entry in told.items():
        record = [entry.get(key) for key in ("wins", "ties", "losses")]
        share = "" if entry.get("won_of_decided") is None else f"{entry['won_of_decided']:.0%}"
        ratio = ""
        if entry.get("error_ratio") is not None:
            ratio = f"{entry['error_ratio']:.3f} ({entry['error_ratio_median']:.3f})"
        cells = [name, *("" if value is None else str(value) for value in record), share, ratio]
        if "fit_s" in entry:
            cells += [f"{entry['fit_s']:.1f} ({entry['longest_fit_s']:.1f})", f"{entry['row_ms']:.3g}"]
            cells += [f"{entry['rows_per_s']:,.0f}", f"{entry['size_mb']:.1f}"]
            cells += [f"{entry['peak_mb']:.0f} ({entry['peak_mb_at_most']:.0f})"]
        else:
            cells += [""] * 5
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _short(value: float) -> float:
    return float(f"{float(value):.5g}")
