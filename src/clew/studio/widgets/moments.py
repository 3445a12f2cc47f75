"""Moments as people say them."""

from datetime import UTC, datetime

_UNITS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"))


def ago(moment: str, *, now: datetime | None = None) -> str:
    """Say how long ago a moment was.

    Parameters
    ----------
    moment : str
        ISO 8601, UTC where it names no zone.
    now : datetime, optional
        By default the present.
    """
    then = datetime.fromisoformat(moment)
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for size, word in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
