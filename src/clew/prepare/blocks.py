"""Changing the text of a recipe step by step: what is not changed stays as it was written, remarks and all.

A recipe is a list; each of its items is a block of lines, with the remarks right above it. Blocks are moved, taken out
and put in as they stand. A text of another form, such as one in brackets or one that starts from another file, has no
blocks: `is_plain` tells.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent, wrap
from typing import Any

from clew.core.errors import ConfigError, UsageError
from clew.prepare.text import parse, write

_ITEM = re.compile(r"-(\s|$)")
_REMARK_WIDTH = 98


@dataclass(frozen=True, slots=True)
class Blocks:
    """The text of a recipe in parts.

    Parameters
    ----------
    head : str
        What stands above the first step and its remarks.
    items : tuple of str
        One per step: its remarks and its lines.
    """

    head: str
    items: tuple[str, ...]

    def text(self) -> str:
        """Return the whole text."""
        return self.head + "".join(self.items)


def is_plain(source: str) -> bool:
    """Tell whether a text is a list of steps that can be changed one by one."""
    try:
        _split(source)
    except (ConfigError, UsageError):
        return False
    return True


def steps_of(source: str) -> list[dict[str, Any]]:
    """Return the steps of a text as mappings.

    Raises
    ------
    ConfigError
        If the text is no YAML.
    UsageError
        If it is no plain list of steps.
    """
    found = parse(source)
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise UsageError(
            "This recipe is no plain list of steps: it starts from another file, or has parameters.",
            hint="Edit it as text.",
        )
    return [dict(item) for item in found]


def remarks_of(source: str) -> list[str]:
    """Return, for each step of a text, the remarks above it in one line; empty where there are none."""
    lines = (
        [line.lstrip("# ").rstrip() for line in _lines(item) if line.startswith("#")] for item in _split(source).items
    )
    return [" ".join(line for line in remarks if line) for remarks in lines]


def with_step(source: str, step: Mapping[str, Any], at: int | None = None, *, remark: str = "") -> str:
    """Put a step in.

    Parameters
    ----------
    source : str
        The text; may be empty.
    step : mapping
        The step.
    at : int, optional
        Its position, from 0; by default the end.
    remark : str, optional
        What stands above it.
    """
    blocks = _split(source)
    position = len(blocks.items) if at is None else _position(at, len(blocks.items) + 1)
    items = list(blocks.items)
    items.insert(position, _block(step, remark))
    return Blocks(blocks.head, tuple(items)).text()


def without_step(source: str, at: int) -> str:
    """Take a step out, together with the remarks above it."""
    blocks = _split(source)
    items = list(blocks.items)
    del items[_position(at, len(items))]
    return Blocks(blocks.head, tuple(items)).text()


def moved(source: str, at: int, to: int) -> str:
    """Move a step, together with the remarks above it, to another position."""
    blocks = _split(source)
    items = list(blocks.items)
    item = items.pop(_position(at, len(items)))
    items.insert(_position(to, len(items) + 1), item)
    return Blocks(blocks.head, tuple(items)).text()


def replaced(source: str, at: int, step: Mapping[str, Any]) -> str:
    """Put a step in the place of another one; the remarks above it stay."""
    blocks = _split(source)
    items = list(blocks.items)
    position = _position(at, len(items))
    lines = _lines(items[position])
    first = next(number for number, line in enumerate(lines) if _ITEM.match(line))
    items[position] = "".join(lines[:first]) + _block(step, "")
    return Blocks(blocks.head, tuple(items)).text()


def _position(at: int, count: int) -> int:
    if not 0 <= at < count:
        raise UsageError(f"The recipe has no step {at + 1}.", hint=f"It has {count}; it may have been changed.")
    return at


def _block(step: Mapping[str, Any], remark: str) -> str:
    said = "".join(f"{line}\n" for line in _folded(remark))
    return said + write([dict(step)])


def _folded(remark: str) -> list[str]:
    plain = " ".join("".join(c if c.isprintable() else " " for c in remark).split())
    lines = wrap(plain, _REMARK_WIDTH, break_long_words=False, break_on_hyphens=False)
    return indent("\n".join(lines), "# ").split("\n") if lines else []


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; signs that only Python takes for line ends stand in texts."""
    return re.findall(r"[^\n]*\n", text)


def _split(source: str) -> Blocks:
    """Divide a text into its steps.

    Raises
    ------
    ConfigError
        If it is no YAML.
    UsageError
        If its steps are not written one below the other.
    """
    steps = steps_of(source)
    text = source if not source or source.endswith("\n") else f"{source}\n"
    lines = _lines(text)
    starts = [number for number, line in enumerate(lines) if _ITEM.match(line)]
    if len(starts) != len(steps):
        # Brackets, or dashes inside a text: written anew, one step below the other.
        return _split(write(steps)) if steps else Blocks("", ())
    begins = []
    for number in starts:
        begin = number
        while begin > 0 and lines[begin - 1].startswith("#"):
            begin -= 1
        begins.append(begin)
    if not begins:
        kept = text if text.strip() not in {"", "[]"} else ""
        return Blocks(kept, ())
    ends = [*begins[1:], len(lines)]
    head = "".join(lines[: begins[0]])
    return Blocks(head, tuple("".join(lines[a:b]) for a, b in zip(begins, ends, strict=True)))
