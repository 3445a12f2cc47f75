"""What a function does is spelt out with all that is bound to it."""

import json
import re
import subprocess
import sys
from datetime import date
from functools import partial

import numpy as np
import polars as pl
import pytest

from clew.core.callables import spelt


def _bound(limit):
    def late(truth, told, *, by=1):
        return float((told < truth - limit - by).mean())

    return late


def _with_default(limit):
    def late(truth, told, limit=limit):
        return float((told < truth - limit).mean())

    return late


def _by_name(limit):
    def late(truth, told, *, limit=limit):
        return float((told < truth - limit).mean())

    return late


class Late:
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, truth, told):
        return float((told < truth - self.limit).mean())

    def mean(self, truth, told):
        return self(truth, told)


class Slotted:
    __slots__ = ("limit",)

    def __init__(self, limit):
        self.limit = limit


def _partial(limit):
    return partial(_bound(1), by=limit)


def _method(limit):
    return Late(limit).mean


@pytest.mark.parametrize("make", [_bound, _with_default, _by_name, Late, Slotted, _partial, _method])
@pytest.mark.parametrize(
    ("one", "other"),
    [(2, 3), (np.zeros(2000), np.eye(1, 2000, 1000)[0]), ({"a", "b"}, {"a", "c"}), ([1], {"a": 1}), (min, max)],
)
def test_another_value_is_another_function(make, one, other):
    assert json.dumps(spelt(make(one))) == json.dumps(spelt(make(one)))
    assert spelt(make(one)) != spelt(make(other))


def test_what_holds_itself_comes_to_an_end():
    def again(count):
        return again(count - 1) if count else 0

    late = Late(None)
    late.limit = late
    assert json.dumps([spelt(again), spelt(late)])


def test_it_is_the_same_in_every_process():
    code = (
        "import json; from clew.core.callables import spelt\n"
        "def of(names):\n    return lambda truth, told: float(len(names) + (truth in {'x', 'y', 'z'}))\n"
        "print(json.dumps(spelt(of({'a', 'b', 'c', 'd'}))))"
    )
    told = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(2)}
    assert len(told) == 1


def _before(day):
    return lambda truth, told: float((told < truth).mean()) if day else 0.0


def test_values_that_hide_what_they_hold_are_told_apart():
    days = [spelt(_before(date(2024, 1, day))) for day in (1, 2)]
    tables = [spelt(_before(pl.DataFrame({"cost": [cost]}))) for cost in (1.0, 2.0)]
    patterns = [spelt(_before(re.compile(text))) for text in ("a", "b")]
    for one, other in (days, tables, patterns):
        assert one != other
    assert spelt(_before(pl.DataFrame({"cost": [1.0]}))) == tables[0]


def test_what_a_function_names_in_its_module_counts():
    def made(text):
        names = {"__name__": "own"}
        exec(text + "\ndef late(truth, told):\n    return half(truth) - LIMIT\n", names)  # noqa: S102 - our own text
        return spelt(names["late"])

    plain = made("LIMIT = 1\ndef half(x):\n    return x / 2")
    assert plain == made("LIMIT = 1\nOTHER = 3\ndef half(x):\n    return x / 2")
    assert plain != made("LIMIT = 2\ndef half(x):\n    return x / 2")
    assert plain != made("LIMIT = 1\ndef half(x):\n    return x / 3")


def test_things_that_hold_each_other_are_spelt_once():
    knots = [Late(number) for number in range(12)]
    for knot in knots:
        knot.others = knots
    assert len(json.dumps(spelt(knots[0]))) < 20_000
