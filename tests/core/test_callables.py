"""What a function does is spelt out with all that is bound to it."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
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
