"""Figures as people read them."""

import math


def number(value: float | None, digits: int = 4) -> str:
    """Return a number for people: significant digits, thousands in groups from 10,000, a dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, int):
        text = f"{value:,}" if abs(value) >= 10_000 else str(value)
        return text if abs(value) < 10**15 else f"{value:.{digits - 1}e}"
    if not math.isfinite(value):
        return str(value).replace("inf", "\N{INFINITY}").replace("-", "\N{MINUS SIGN}")
    size = abs(value)
    if value == 0 or 1e-4 <= size < 10 ** (digits - 1):
        return f"{value:.{digits}g}"
    if not 1 <= size < 1e15:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.0f}" if round(size) >= 10_000 else f"{value:.0f}"


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 in percent; what is not quite nothing or all does not look like it."""
    if share is None:
        return "\N{EN DASH}"
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %" if share not in {0, 1} else f"{100 * share:.0f} %"


def size(size_bytes: int) -> str:
    """Return a size in bytes with its unit."""
    value, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.3g} {units[0]}" if value < 1000 else f"{value:,.0f} {units[0]}"


def part(count: int, rows: int) -> str:
    """Return how many rows of all, e.g. ``"12 of 41,188 rows (< 0.1 %)"``."""
    share = f" ({percent(count / rows)})" if rows else ""
    return f"{count:,} of {rows:,} row{'' if rows == 1 else 's'}{share}"
