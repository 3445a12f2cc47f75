"""The options of a node, read one by one, so that nothing in them is overlooked."""

import json
import re
from collections.abc import Mapping
from typing import Any

from clew.prepare.flow.outcome import Unmappable

_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


class Options:
    """The options of a node; remembers which of them were read.

    Parameters
    ----------
    values : mapping
        As the file has them.
    within : str, default ""
        Name of the part of a node's parameters that they are.
    """

    def __init__(self, values: Mapping[str, Any], within: str = "") -> None:
        self._values = values
        self._within = within
        self._read: set[str] = set()
        self._parts: list[Options] = []

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the options that have a value."""
        return tuple(name for name, value in self._values.items() if not _is_empty(value))

    def has(self, name: str) -> bool:
        """Whether an option has a value."""
        return not _is_empty(self._values.get(name))

    def skip(self, *names: str) -> None:
        """Count options as read that change nothing here."""
        self._read.update(names)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; numbers are taken as texts.

        Raises
        ------
        Unmappable
            If it is missing without a default, or no text. So do the methods below.
        """
        value = self._take(name)
        if _is_empty(value):
            if default is None:
                raise self._missing(name)
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._odd(name, value, "text")
        return str(value)

    def maybe(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return self.text(name, "") or None

    def raw_text(self, name: str, default: str = "") -> str:
        """Return a text in which blanks count."""
        value = self._take(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number."""
        value = self._take(name)
        if _is_empty(value):
            if default is None:
                raise self._missing(name)
            return default
        try:
            if isinstance(value, bool):
                raise ValueError
            found = float(value)
        except (TypeError, ValueError):
            raise self._odd(name, value, "number") from None
        return int(found) if found.is_integer() and abs(found) < 2**53 else found

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self.number(name, default)
        if not isinstance(value, int):
            raise self._odd(name, value, "whole number")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self._take(name)
        if _is_empty(value):
            return default
        low = str(value).casefold()
        if low not in _TRUE | _FALSE:
            raise self._odd(name, value, "truth value")
        return low in _TRUE

    def listed(self, name: str) -> tuple[str, ...]:
        """Return one name or several."""
        value = self._take(name)
        if _is_empty(value):
            raise self._missing(name)
        found = tuple(value) if isinstance(value, list) else (value,)
        if not all(isinstance(item, str) and item for item in found):
            raise self._odd(name, value, "name, or list of names")
        return found

    def items(self, name: str) -> tuple["Options", ...]:
        """Return a list of groups of options; empty if there is none."""
        value = self._take(name)
        if _is_empty(value):
            return ()
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._odd(name, value, "list of objects")
        parts = [Options(item, self._path(name)) for item in value]
        self._parts += parts
        return tuple(parts)

    def part(self, name: str) -> "Options":
        """Return a group of options; an empty one if there is none."""
        value = self._take(name)
        part = Options(value if isinstance(value, Mapping) else {}, self._path(name))
        self._parts.append(part)
        return part

    def unread(self) -> tuple[str, ...]:
        """Return the options with a value that nobody has read, as texts for people."""
        own = [
            f"{self._path(name)} = {_shown(value)}"
            for name, value in self._values.items()
            if name not in self._read and not _is_empty(value)
        ]
        return (*own, *(text for part in self._parts for text in part.unread()))

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._values.get(name)

    def _path(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name

    def _missing(self, name: str) -> Unmappable:
        return Unmappable(f"Its option `{self._path(name)}` has no value.", "Look the step up in Data Wrangler.")

    def _odd(self, name: str, value: Any, what: str) -> Unmappable:
        return Unmappable(f"Its option `{self._path(name)}` is {_shown(value)}, and a {what} is expected.")


def words(label: str) -> str:
    """Return a label in small letters, words apart by one blank: ``Min-max  numeric`` gives ``min max numeric``."""
    return " ".join(re.findall(r"[a-z0-9]+", label.casefold()))


def chosen_part(parameters: Mapping[str, Any], label: str, name: str = "") -> Options:
    """Return the options of what an operator does, where its parameters also hold those of what it could do.

    They stand under ``drop_missing_parameters`` for the label ``Drop missing``, or under ``Drop missing_parameters``,
    or under a `name` of their own. Options beside such groups belong to it too.
    """
    wanted = {words(label).replace(" ", "_"), words(label)}
    beside = {
        key: value
        for key, value in parameters.items()
        if key not in {"operator", "name"} and not key.endswith("_parameters")
    }
    for key, value in parameters.items():
        stem = key.removesuffix("_parameters")
        mine = key == name or (stem != key and (stem == label or words(stem.replace("_", " ")) in wanted))
        if mine and isinstance(value, Mapping):
            return Options({**beside, **value}, key)
    return Options(beside, label)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
