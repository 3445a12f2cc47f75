import polars as pl
import pytest

from clew.core.errors import ConfigError
from clew.define.rules import Rule, check_rules


def test_broken_rows_are_counted_and_a_missing_value_breaks_nothing():
    frame = pl.DataFrame({"start": [1, 5, None, 9], "end": [2, 4, 3, 8]})
    (result,) = check_rules(frame, [Rule.from_dict("end >= start")])
    assert (result.broken, result.rows, result.examples) == (2, 4, (1, 3))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("endd > 1", "reads the column 'endd'.*Did you mean 'end'"),
        ("end + 1", "gives Int64, not true or false"),
        ("end > 'x'", "cannot be computed"),
    ],
)
def test_a_rule_that_cannot_be_checked_says_why(rule, message):
    with pytest.raises(ConfigError, match=message):
        check_rules(pl.DataFrame({"end": [1, 2]}), [Rule.from_dict(rule)])
