import polars as pl
import pytest

from clew.core.errors import UsageError
from clew.core.finding import Severity
from clew.core.schema import Role

FRAME = pl.DataFrame({"x": range(30), "y": [0, 1] * 15})


@pytest.mark.parametrize(("after", "asked"), [("departure", "0h"), ("1d", "0h"), ("-1h", "-3h"), ("0h", "-3h")])
def test_a_feature_known_after_the_question_is_an_error(look, after, asked):
    found = look(FRAME, asked_at=asked, x={"available_after": after})["LK003", "x"]
    assert found.severity is Severity.ERROR
    assert found.remedy["op"] == "drop"
    assert found.evidence == {"available_after": after, "asked_at": asked}


@pytest.mark.parametrize(("after", "asked"), [(None, "0h"), ("-3h", "-3h"), ("0h", "0h"), ("-1d", "-3h")])
def test_a_feature_known_in_time_is_not(look, after, asked):
    assert ("LK003", "x") not in look(FRAME, asked_at=asked, x={"available_after": after})


def test_a_column_that_is_no_feature_may_be_late(look):
    assert ("LK003", "x") not in look(FRAME, x={"available_after": "1d", "role": Role.EXCLUDE})


def test_a_moment_that_is_none_is_refused(look):
    with pytest.raises(UsageError, match="'soon' is no length of time"):
        look(FRAME, asked_at="soon", x={"available_after": "1d"})
