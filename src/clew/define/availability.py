"""Whether a value can be known when the question is asked: one rule for findings, suggestions and training."""

from clew.core.duration import parse_duration
from clew.core.errors import UsageError


def known_too_late(available_after: str | None, asked_at: str) -> bool:
    """Return whether a value becomes known only after the moment of the question.

    Parameters
    ----------
    available_after : str, optional
        As in `clew.core.schema.Column`: an offset from the row's time, or the name of an event, which by definition
        lies after the question. None is never too late.
    asked_at : str
        As in `clew.define.problem.Problem`: an offset from the row's time.

    Raises
    ------
    UsageError
        If `asked_at` is no length of time.
    """
    if available_after is None:
        return False
    asked = parse_duration(asked_at)
    try:
        return parse_duration(available_after) > asked
    except UsageError:
        return True
