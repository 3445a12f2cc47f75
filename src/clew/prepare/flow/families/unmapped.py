"""Operators that are known and have no mapping, each with what to do instead."""

from clew.prepare.flow.outcome import Outcome, Unmappable
from clew.prepare.flow.rule import Mapper, Rule, Seen


def _by_hand(why: str, todo: str) -> Mapper:
    def mapper(seen: Seen) -> Outcome:
        del seen
        raise Unmappable(why, todo)

    return mapper


_NAMES = "The names of its options are not documented, so they are not guessed."

RULES = (
    Rule("group_by", "", (), _by_hand(_NAMES, "Write a step group_by: `by` and `aggregations`.")),
    Rule("time_series", "Group by", (), _by_hand(_NAMES, "Write a step group_by with `list` per column, and `time`.")),
    Rule("manage_rows", "Filter", (), _by_hand(_NAMES, "Write a step filter with its condition, e.g. `age >= 18`.")),
    Rule("parse_value", "", (), _by_hand(_NAMES, "Write a step cast.")),
)
