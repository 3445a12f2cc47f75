"""Which columns a step works on: names, or selectors that stand for many.

===================  ==================================================================================
``age``              the column of that name
``kind:numeric``     the features of that kind (any of `clew.core.schema.Kind`)
``role:time``        the columns of that role (any of `clew.core.schema.Role`)
``all``              every feature
``name:all``         the column called ``all``; the way out where a name looks like a selector
===================  ==================================================================================

Selectors other than ``role:`` see features only, so that a target, an id or a weight is never touched by accident.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeAlias

from clew.core.errors import ConfigError, RecipeError, did_you_mean
from clew.core.schema import Column, Kind, Role, Schema

_CHOICES: dict[str, type[StrEnum]] = {"kind": Kind, "role": Role}


@dataclass(frozen=True, slots=True)
class Columns:
    """A choice of columns.

    Parameters
    ----------
    terms : tuple of str
        Names and selectors whose columns are taken together.
    exclude : tuple of str, default ()
        Names and selectors whose columns are left out again.
    """

    terms: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, columns: "ColumnsLike", *, exclude: str | Iterable[str] = ()) -> Self:
        """Read one name, several names, or a choice that is one already.

        Parameters
        ----------
        columns : str, iterable of str, or Columns
            What to take.
        exclude : str or iterable of str, default ()
            What to leave out again, besides what `columns` leaves out itself.

        Raises
        ------
        ConfigError
            If a term is no text, or a kind or role does not exist.
        """
        left_out = (exclude,) if isinstance(exclude, str) else tuple(exclude)
        if isinstance(columns, Columns):
            return cls(_checked(columns.terms), _checked((*columns.exclude, *left_out)))
        terms = (columns,) if isinstance(columns, str) else tuple(columns)
        return cls(_checked(terms), _checked(left_out))

    def resolve(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns meant, in the order of the table, each once.

        Raises
        ------
        MissingColumnError
            If a named column is not there.
        """
        chosen = set(_names(self.terms, schema)) - set(_names(self.exclude, schema))
        return tuple(column for column in schema if column.name in chosen)

    def ordered(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns meant, in the order in which they are named, each once.

        Raises
        ------
        MissingColumnError
            If a named column is not there.
        """
        chosen = {column.name: column for column in self.resolve(schema)}
        return tuple(chosen[name] for name in dict.fromkeys(_names(self.terms, schema)) if name in chosen)

    def __str__(self) -> str:
        text = ", ".join(self.terms)
        return f"{text} except {', '.join(self.exclude)}" if self.exclude else text


class MissingColumnError(RecipeError):
    """A step names a column that is not there.

    Parameters
    ----------
    name : str
        The column named.
    known : iterable of str
        The columns there are.
    reader : str, default ""
        What names it, if not the step's `columns`.
    """

    def __init__(self, name: str, known: Iterable[str], reader: str = "") -> None:
        super().__init__(f"There is no column {name!r}{reader}.", hint=did_you_mean(name, known))
        self.name = name


ColumnsLike: TypeAlias = str | Iterable[str] | Columns


def named(schema: Schema, names: Iterable[str], reader: str = "") -> tuple[Column, ...]:
    """Return the columns of these names, each once, in the order given.

    Raises
    ------
    MissingColumnError
        If one is not there.
    """
    there = {column.name: column for column in schema}
    found = []
    for name in dict.fromkeys(names):
        if name not in there:
            raise MissingColumnError(name, schema.names, reader)
        found.append(there[name])
    return tuple(found)


def literal(name: str) -> str:
    """Return the term that means the column of this name, whatever the name looks like."""
    looks_like = name == "all" or (name.split(":", 1)[0] in {"kind", "role", "name"} and ":" in name)
    return f"name:{name}" if looks_like else name


def _checked(terms: Iterable[Any]) -> tuple[str, ...]:
    result = tuple(terms)
    for term in result:
        if not isinstance(term, str):
            raise ConfigError(
                f"`columns` holds {term!r}; a column is named by a text.", hint=f"Put it in quotes: {str(term)!r}."
            )
        sort, _, value = term.partition(":")
        if sort in _CHOICES and value not in {member.value for member in _CHOICES[sort]}:
            raise ConfigError(
                f"`columns` selects {term!r}, and there is no {sort} {value!r}.",
                hint=did_you_mean(value, [member.value for member in _CHOICES[sort]])
                + f" A column of this very name is written 'name:{term}'.",
            )
    return result


def _names(terms: Iterable[str], schema: Schema) -> Iterator[str]:
    there = frozenset(schema.names)
    for term in terms:
        sort, colon, value = term.partition(":")
        if term == "all":
            yield from (column.name for column in schema.features)
        elif sort == "kind" and colon:
            yield from (column.name for column in schema.features if column.kind is Kind(value))
        elif sort == "role" and colon:
            yield from (column.name for column in schema.by_role(Role(value)))
        else:
            name = value if sort == "name" and colon else term
            if name not in there:
                raise MissingColumnError(name, schema.names)
            yield name
