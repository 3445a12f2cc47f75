"""A fitted recipe as one SELECT in DuckDB's dialect."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.errors import RecipeError, UsageError, did_you_mean
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import zone_of
from clew.prepare.engines import check_names
from clew.prepare.entrance import changes
from clew.prepare.execute import Chain
from clew.prepare.export.recorded import Recorded, name
from clew.prepare.export.sql_words import METHODS, NoWord, concatenation, remainder, substring
from clew.prepare.export.steps import Exported, exported

_LANGUAGE = "F"
_TYPES = {
    **{f"Int{bits}": word for bits, word in ((8, "TINYINT"), (16, "SMALLINT"), (32, "INTEGER"), (64, "BIGINT"))},
    **{f"UInt{bits}": word for bits, word in ((8, "UTINYINT"), (16, "USMALLINT"), (32, "UINTEGER"), (64, "UBIGINT"))},
    "Float32": "FLOAT",
    "Float64": "DOUBLE",
    "String": "VARCHAR",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
}
_OPERATORS = {"==": "=", "!=": "<>", "&": "AND", "|": "OR", "**": "^"}


def to_sql(chain: Chain, table: str = "rows", keep: Sequence[str] = ()) -> str:
    """Write a fitted recipe as SQL.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    table : str, default "rows"
        Table that holds the raw rows.
    keep : sequence of str, default ()
        Columns that are no features (target, id, time …) to hand on.

    Returns
    -------
    str
        A SELECT in DuckDB's dialect that gives the features that the recipe gives, from the columns that it needs.

    Raises
    ------
    RecipeError
        If a step is no expression, or uses a word that has no counterpart in SQL; the message names it. If two columns
        differ in capital letters only, which are one in SQL.
    UsageError
        If a column to keep does not come out of the recipe.
    """
    handed_on = _kept(chain, keep)
    if not chain.needed[-1] | handed_on:
        raise RecipeError("No feature comes out of the recipe.", hint="Name columns to `keep`, or drop fewer.")
    check_names("duckdb", chain.schema.names)
    before, source = chain.schema, _name(table)
    parts = []

    def part(title: str, made: Mapping[str, str], wanted: frozenset[str], columns: Sequence[str]) -> str:
        check_names("duckdb", (c for c in columns if c in wanted))
        listed = [f"{made[c]} AS {_name(c)}" if c in made else _name(c) for c in columns if c in wanted]
        parts.append(f"{title} AS (\n  SELECT\n    " + ",\n    ".join(listed) + f"\n  FROM {source}\n)")
        return title

    raw = {c.name: c.dtype for c in chain.inputs}
    entered = {column: _Writer(before).sql(change(name(_LANGUAGE))) for column, change in changes(raw).items()}
    source = part("entered", entered, chain.needed[0] | handed_on, before.names)
    recorded = {step.number: step for step in exported(chain, _LANGUAGE, "frame", "SQL")}
    for position, fitted in enumerate(chain.steps):
        step = recorded.get(fitted.number)
        if step is not None:
            wanted = chain.needed[position + 1] | handed_on
            source = part(f"step_{step.number}", _made(step, fitted.before), wanted, fitted.after.names)
    out = [column for column in chain.output.names if column in chain.needed[-1] | handed_on]
    return f"WITH {', '.join(parts)}\nSELECT {', '.join(map(_name, out))}\nFROM {source}\n"


def _kept(chain: Chain, keep: Sequence[str]) -> frozenset[str]:
    possible = [column.name for column in chain.output if column.role is not Role.FEATURE]
    for column in keep:
        if column not in possible:
            raise UsageError(f"The recipe hands on no column {column!r}.", hint=did_you_mean(column, possible))
    return frozenset(keep)


def _made(step: Exported, before: Schema) -> dict[str, str]:
    if step.reshaped is not None:
        raise RecipeError(
            f"Step {step.number} ({step.op}) cannot be written as SQL: it makes other rows.",
            hint="Write it as Python, or use the fitted recipe itself.",
        )
    try:
        writer = _Writer(before)
        made = {column: writer.sql(expression) for column, expression in step.made.items()}
        for column, rule, refused in step.refused:
            said = _text(f"Step {step.number} ({step.op}): {column} has a value that {rule}")
            # The check stands in the first made column: SQL computes what somebody reads.
            first = next(iter(made))
            made[first] = f"CASE WHEN {writer.sql(refused)} THEN error({said}) ELSE {made[first]} END"
    except NoWord as error:
        raise RecipeError(
            f"Step {step.number} ({step.op}) cannot be written as SQL: it uses {error}, which has no counterpart here.",
            hint="Write it as Python, or use the fitted recipe itself.",
        ) from error
    return made


class _Writer:
    """Writes recorded expressions over the columns of a schema as SQL."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def sql(self, value: Any) -> str:
        """Return an expression, or a plain value, as SQL in brackets where need be."""
        if not isinstance(value, Recorded):
            return _literal(value)
        if value.node_head == "call":
            return self._call(*value.node_parts)
        if value.node_head == "~":
            return f"(NOT {self.sql(value.node_parts[0])})"
        if value.node_head == "negative":
            return f"(-{self.sql(value.node_parts[0])})"
        if value.node_head == "//":
            left, right = (self.sql(part) for part in value.node_parts)
            # DuckDB cuts towards zero; elsewhere the quotient is rounded down.
            return f"({left} // {right} - CAST({left} % {right} < 0 AS BIGINT))"
        if value.node_head == "%":
            return remainder(*map(self.sql, value.node_parts))
        if len(value.node_parts) == 2 and value.node_head != "attribute":
            left, right = value.node_parts
            return f"({self.sql(left)} {_OPERATORS.get(value.node_head, value.node_head)} {self.sql(right)})"
        raise NoWord(f"`{value.node_head}`")

    def _call(self, called: Recorded, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
        if called.node_head != "attribute":
            raise NoWord("a call of a call")
        owner, word = called.node_parts
        if owner.node_head == "name":
            return self._function(word, arguments, named)
        if owner.node_head == "attribute":
            subject, space = owner.node_parts
            word = f"{space}.{word}"
            return self._method(word, self._moment(subject) if space == "dt" else self.sql(subject), arguments, named)
        if word == "is_null" and _word(owner) == "dt.convert_time_zone":
            return self._method(word, self.sql(owner.node_parts[0].node_parts[0].node_parts[0]), arguments, named)
        if word in {"then", "otherwise"}:
            return self._case(Recorded("call", called, arguments, named))
        return self._method(word, self.sql(owner), arguments, named)

    def _function(self, word: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
        if word == "col" and not named and len(arguments) == 1:
            return _name(arguments[0])
        if word == "lit":
            value, *stored = [*arguments, *named.values()]
            return f"CAST({_literal(value)} AS {_type(stored[0])})" if stored else _literal(value)
        if word == "concat_str":
            return self._concatenation(arguments, **named)
        functions = {"coalesce": "coalesce", "min_horizontal": "least", "max_horizontal": "greatest"}
        if word in functions and not named:
            return f"{functions[word]}({', '.join(map(self.sql, arguments))})"
        raise NoWord(f"`{word}`")

    def _concatenation(self, parts: Sequence[Any], separator: str = "", *, ignore_nulls: bool = False) -> str:
        if separator or ignore_nulls:
            raise NoWord("`concat_str` with a separator, or one that leaves out missing texts")
        listed = [item for part in parts for item in (part if isinstance(part, list) else [part])]
        return concatenation(*map(self.sql, listed))

    def _case(self, value: Recorded) -> str:
        """Write ``when(…).then(…)…`` as CASE, from its last call to its first."""
        branches: list[str] = []
        otherwise = ""
        while value.node_head == "call":
            called, (argument,), _ = value.node_parts
            owner, word = called.node_parts
            if word == "otherwise":
                otherwise = f" ELSE {self.sql(argument)}"
            elif word == "then":
                condition = owner.node_parts[1][0]
                branches.insert(0, f" WHEN {self.sql(condition)} THEN {self.sql(argument)}")
                owner = owner.node_parts[0].node_parts[0]
            value = owner
        return f"CASE{''.join(branches)}{otherwise} END"

    def _method(self, word: str, subject: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
        if word == "replace_strict":
            return self._lookup(subject, arguments[0], arguments[1], named)
        if word == "str.contains":
            function = "contains" if named.get("literal") else "regexp_matches"
            return f"{function}({subject}, {_text(arguments[0])})"
        if word == "str.replace_all" and not named:
            return f"regexp_replace({subject}, {_text(arguments[0])}, {_text(arguments[1])}, 'g')"
        if word == "str.slice" and not named:
            return substring(subject, *arguments)
        if word == "cast":
            return f"TRY_CAST({subject} AS {_type(arguments[0])})"
        if word == "is_in":
            return f"({subject} IN ({', '.join(map(_literal, _sorted(arguments[0])))}))"
        if word == "fill_null" and "strategy" not in named:
            (value,) = (*arguments, *named.values())
            return f"coalesce({subject}, {self.sql(value)})"
        if word == "fill_nan" and arguments == (None,):
            return f"CASE WHEN NOT isnan({subject}) THEN {subject} END"
        if word in METHODS and not named:
            return METHODS[word](subject, *map(self.sql, arguments))
        raise NoWord(f"`{word}`")

    def _lookup(self, subject: str, old: Sequence[Any], new: Sequence[Any], named: Mapping[str, Any]) -> str:
        pairs = " ".join(f"WHEN {_literal(a)} THEN {_literal(b)}" for a, b in zip(old, new, strict=True))
        found = f"CASE {subject} {pairs} ELSE {_literal(named.get('default'))} END"
        return f"CAST({found} AS {_type(named['return_dtype'])})" if "return_dtype" in named else found

    def _moment(self, subject: Recorded) -> str:
        """Write a moment as its own time zone shows it, or the one that it is told in."""
        if _word(subject) == "dt.convert_time_zone":
            (zone,), subject = subject.node_parts[1], subject.node_parts[0].node_parts[0].node_parts[0]
            return f"timezone({_text(zone)}, {self.sql(subject)})"
        written = self.sql(subject)
        column = self._column(subject)
        zone = None if column is None else zone_of(column.dtype)
        return f"timezone({_text(zone)}, {written})" if zone else written

    def _column(self, subject: Recorded) -> Column | None:
        if subject.node_head != "call" or subject.node_parts[0].node_parts[1] != "col":
            return None
        return self._schema[subject.node_parts[1][0]]


def _word(value: Recorded) -> str:
    """Return which method is called, with its space, e.g. ``"dt.year"``."""
    if value.node_head != "call" or value.node_parts[0].node_head != "attribute":
        return ""
    owner, word = value.node_parts[0].node_parts
    return f"{owner.node_parts[1]}.{word}" if owner.node_head == "attribute" else str(word)


def _type(node: Recorded) -> str:
    if node.node_head == "call" and node.node_parts[0].node_parts[1] == "Datetime":
        zone = [*node.node_parts[1][1:], *node.node_parts[2].values()]
        return "TIMESTAMP" if zone in ([], [None]) else "TIMESTAMP WITH TIME ZONE"
    word = str(node.node_parts[1])
    if word not in _TYPES:
        raise NoWord(f"the type {word}")
    return _TYPES[word]


def _sorted(values: Any) -> list[Any]:
    return sorted(values) if isinstance(values, set | frozenset) else list(values)


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return f"({value})" if value < 0 else str(value)
    if isinstance(value, float):
        # Without an exponent, DuckDB would take it for a decimal.
        written = f"{value!r}" if "e" in repr(value) else f"{value!r}e0"
        return f"({written})" if math.isfinite(value) else f"CAST('{value}' AS DOUBLE)"
    if isinstance(value, dt.datetime | dt.date):
        zoned = isinstance(value, dt.datetime) and value.tzinfo is not None
        kind = "DATE" if not isinstance(value, dt.datetime) else "TIMESTAMPTZ" if zoned else "TIMESTAMP"
        return f"{kind} '{value.isoformat(sep=' ')}'" if isinstance(value, dt.datetime) else f"{kind} '{value}'"
    raise NoWord(f"a {type(value).__name__}")
