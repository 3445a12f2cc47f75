from datetime import datetime, timedelta

import polars as pl
import pytest

from clew.core.schema import Role

START = datetime(2024, 1, 1, 12)
ASKED = [START + timedelta(days=i) for i in range(100)]
TIME = {"role": Role.TIME}


def orders(later):
    return pl.DataFrame({"ordered": ASKED, "seen": [moment + later for moment in ASKED], "y": ["a", "b"] * 50})


def test_moments_after_the_row_are_found(look):
    found = look(orders(timedelta(days=2)), target="y", ordered=TIME)["LK004", "seen"]
    assert found.evidence["count"] == 100
    assert found.evidence["rows"] == [0, 1, 2, 3, 4]
    assert found.evidence["values"][0] == "2024-01-03T12:00:00"
    assert found.evidence["times"][0] == "2024-01-01T12:00:00"
    assert found.remedy == {"op": "drop", "columns": ["seen"], "options": {}}


@pytest.mark.parametrize(("asked_at", "found"), [("0h", False), ("-3h", True), ("1d", False)])
def test_the_moment_of_the_question_counts(look, asked_at, found):
    frame = orders(timedelta(hours=-1))
    assert (("LK004", "seen") in look(frame, target="y", ordered=TIME, asked_at=asked_at)) is found


def test_moments_in_the_past_and_tables_without_a_time_are_not(look):
    assert ("LK004", "seen") not in look(orders(timedelta(0)), target="y", ordered=TIME)
    assert ("LK004", "seen") not in look(orders(timedelta(days=2)), target="y")


def test_a_plan_that_the_domain_says_is_known_is_not(look):
    facts = {"ordered": TIME, "seen": {"available_after": "-1h"}}
    assert ("LK004", "seen") not in look(orders(timedelta(days=2)), target="y", **facts)
