"""A tuning that was ended goes on where it was, and earlier ones help later ones."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from clew.core.errors import BusyError, DataError, UsageError
from clew.prepare.recipe import Recipe
from clew.train.tune.journal import open_journal, read_trials
from clew.train.tune.spec import Strategy

_KILLED = """
import sys
from pathlib import Path
import polars as pl
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.collect.split import SplitSpec
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.train.tune.spec import TuneSpec
from clew.train.tune.tuner import tune

def main(folder):
    data = read(folder / "rows.csv").with_target("y")
    problem = define_problem(data.frame["y"], data.schema.target)
    spec = TuneSpec(("tree",), trials=400, recipe=Recipe(()), split=SplitSpec(folds=3), refit=False, cpus=1,
                    strategy="random", journal=folder / "journal.jsonl")
    return tune(data, problem, spec)

if __name__ == "__main__":
    main(Path(sys.argv[1]))
"""


def _lines(path):
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def test_a_killed_tuning_goes_on_and_ends_as_if_undisturbed(tmp_path, make_table, look_for, shown):
    table = make_table()
    table.frame.write_csv(tmp_path / "rows.csv")
    journal = tmp_path / "journal.jsonl"
    (tmp_path / "run.py").write_text(_KILLED)
    process = subprocess.Popen([sys.executable, tmp_path / "run.py", tmp_path])
    until = time.monotonic() + 120
    while len(_lines(journal)) < 60 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = len(_lines(journal))
    assert 60 <= done < 1000

    from clew.collect.source import read

    data = read(tmp_path / "rows.csv").with_target("y")
    changes = {"data": data, "strategy": Strategy.RANDOM, "space": None, "trials": 30}
    resumed = look_for(**changes, journal=journal)
    assert resumed.found > 10
    assert shown(resumed) == shown(look_for(**changes))


@pytest.mark.parametrize("strategy", [Strategy.BAYESIAN, Strategy.CMAES, Strategy.HYPERBAND])
def test_any_part_of_a_journal_leads_to_the_same_end(tmp_path, look_for, shown, strategy):
    journal = tmp_path / "journal.jsonl"
    whole = look_for(strategy=strategy, trials=12, journal=journal)
    lines = _lines(journal)
    for kept in (1, len(lines) // 3, len(lines) - 1):
        # The last line is cut in the middle, as when the process is ended while it writes.
        journal.write_bytes(b"".join(lines[:kept]) + lines[kept][: len(lines[kept]) // 2])
        again = look_for(strategy=strategy, trials=12, journal=journal)
        assert shown(again) == shown(whole)
        assert again.fits + again.found == whole.fits
        assert (again.found > 0) == (kept > 1)
    assert look_for(strategy=strategy, trials=12, journal=journal).fits == 0


def test_a_journal_of_something_else_is_refused(tmp_path, look_for, make_table):
    journal = tmp_path / "journal.jsonl"
    look_for(trials=2, journal=journal)
    with pytest.raises(UsageError, match="a tuning of other rows"):
        look_for(trials=2, journal=journal, data=make_table(seed=3))
    with pytest.raises(UsageError, match="another seed"):
        look_for(trials=2, journal=journal, seed=3)
    journal.write_text("hello\n")
    with pytest.raises(DataError, match="no journal"):
        look_for(trials=2, journal=journal)


def test_a_damaged_line_costs_itself_only(tmp_path, look_for, shown):
    journal = tmp_path / "journal.jsonl"
    whole = look_for(trials=4, journal=journal)
    lines = _lines(journal)
    lines[3] = lines[3][:20] + b"\x00\xff\n"
    journal.write_bytes(b"".join(lines) + b'{"fit": "cut of')
    again = look_for(trials=4, journal=journal)
    assert shown(again) == shown(whole)
    assert (again.fits, again.found) == (1, 11)
    assert b"cut of" not in journal.read_bytes()
    assert look_for(trials=4, journal=journal).fits == 0


@pytest.mark.parametrize(
    "odd",
    ['{"fit": "x"}', '{"fit": "x", "told": {"figures": {}, "speed": 1}}', '{"trial": {"number": 0}}', '{"trial": 3}'],
)
def test_a_line_of_something_else_is_named(tmp_path, look_for, odd):
    journal = tmp_path / "journal.jsonl"
    look_for(trials=1, journal=journal)
    count = len(_lines(journal))
    with journal.open("a") as file:
        file.write(odd + "\n")
    for changes in ({"journal": journal}, {"warm_start": (tmp_path,)}):
        with pytest.raises(UsageError, match=f"Line {count + 1} of .*journal.jsonl says nothing"):
            look_for(trials=1, **changes)


def test_nobody_else_writes_to_a_journal_meanwhile(tmp_path, look_for):
    journal = tmp_path / "journal.jsonl"
    with open_journal(journal, {}, {}), pytest.raises(BusyError, match="tuning"):
        look_for(trials=1, journal=journal)


def test_a_tuning_is_no_earlier_one_of_itself(tmp_path, look_for):
    look_for(trials=1, journal=tmp_path / "journal.jsonl")
    with pytest.raises(UsageError, match="cannot be an earlier one"):
        look_for(trials=1, journal=tmp_path / "journal.jsonl", warm_start=(tmp_path / "." / "journal.jsonl",))


def test_the_best_of_an_earlier_tuning_is_so_by_the_bounds_of_now(tmp_path, look_for):
    with pytest.raises(DataError, match="None of 8 trials keeps"):
        look_for(trials=8, constraints=("log_loss <= 0",), stopping="none", journal=tmp_path / "journal.jsonl")
    _, earlier = read_trials(tmp_path)
    best = max(earlier, key=lambda trial: trial.figures["roc_auc"])
    assert not best.feasible
    assert look_for(trials=2, warm_start=(tmp_path,)).trials[1].params == best.params


def test_more_trials_of_the_same_tuning_cost_only_those(tmp_path, look_for):
    journal = tmp_path / "journal.jsonl"
    look_for(trials=4, journal=journal)
    more = look_for(trials=8, journal=journal)
    assert more.found == 4 * 3
    context, trials = read_trials(journal)
    assert [trial.number for trial in trials] == list(range(8))
    assert context["seed"] == 0


def test_trials_of_an_earlier_tuning_count(tmp_path, look_for):
    earlier = look_for(trials=8, journal=tmp_path / "journal.jsonl")
    warm = look_for(trials=4, warm_start=(tmp_path,))
    assert warm.trials[1].params == earlier.best.params  # the defaults come first
    assert warm.score >= earlier.score - 0.02
    narrow = look_for(trials=4, warm_start=(tmp_path,), space={"max_depth": [2, 3]})
    assert any(finding.code == "ME152" for finding in narrow.findings)


def test_an_earlier_tuning_of_other_rows_only_says_what_to_try_first(tmp_path, look_for, make_table):
    earlier = look_for(trials=8, journal=tmp_path / "journal.jsonl")
    other = make_table(seed=7)
    with pytest.raises(UsageError, match="other rows"):
        look_for(data=other, trials=4, warm_start=(tmp_path,))
    warm = look_for(data=other, trials=4, warm_start=(tmp_path,), transfer=True)
    assert earlier.best.params in [trial.params for trial in warm.trials[:4]]
    with pytest.raises(UsageError, match="There is no tuning"):
        look_for(warm_start=(tmp_path / "nothing",))


def test_asynchronous_halving_resumes(tmp_path, look_for):
    journal = tmp_path / "journal.jsonl"
    changes = {"strategy": Strategy.HYPERBAND, "asynchronous": True, "journal": journal}
    first = look_for(trials=6, **changes)
    more = look_for(trials=10, **changes)
    assert more.fits < 10 * 3 * 2
    assert sorted(trial.number for trial in more.trials) == list(range(10))
    assert {json.dumps(t.params) for t in first.trials} <= {json.dumps(t.params) for t in more.trials}


def test_the_recipe_is_part_of_what_a_journal_is_of(tmp_path, look_for):
    journal = tmp_path / "journal.jsonl"
    look_for(trials=2, journal=journal)
    with pytest.raises(UsageError, match="another recipe"):
        look_for(trials=2, journal=journal, recipe=Recipe.from_dict([{"op": "scale", "columns": ["a"]}]))
