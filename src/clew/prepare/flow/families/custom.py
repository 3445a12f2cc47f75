"""Custom formulas and code. Code is shown and never run."""

import re
from collections.abc import Mapping
from typing import Any

from clew.core.errors import ConfigError
from clew.prepare.flow.formula import translated
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable, steps
from clew.prepare.flow.rule import Rule, Seen

_CODE = (
    "Say it with steps if you can (derive, filter, group_by, aggregate_related, sql); else write it as a function of "
    "an installed package, and name that in a step python or python_table. The code stands in the report."
)
_HOLDS_CODE = {"sql", "query", "formula"}
_TABLE = re.compile(r"\bdf\b", re.IGNORECASE)


def _formula(seen: Seen) -> Outcome:
    formula, output = seen.options.text("formula"), seen.options.text("output_column")
    try:
        expression, differs, read = translated(formula, seen.names)
    except ConfigError as error:
        raise Unmappable(
            f"Its formula is no expression of Clew's: {error.message}",
            f"Write it anew as a step derive, or as a step sql. The formula is: {formula}",
        ) from None
    known = seen.names.types
    there = output in read or (known is not None and output in known)
    name = f"{output}_new" if there else output
    derived: StepDict = {"op": "derive", "name": name, "expression": expression}
    gone = {"op": "drop", "columns": chosen([output])} if there else None
    renamed = {"op": "rename", "names": {name: output}} if there else None
    if known is None and not there:
        differs += (f"a column {output!r} that is there already is not overwritten: drop it before",)
    return Outcome(steps(derived, gone, renamed), differs)


def _code(seen: Seen) -> Outcome:
    del seen
    raise Unmappable("It is code, which a recipe never carries.", _CODE)


def _any_code(seen: Seen) -> Outcome:
    if "sql" not in words(seen.node.label):
        raise Unmappable("It is code, which a recipe never carries.", _CODE)
    query = code_of(seen.node.parameters)
    if not query:
        raise Unmappable("It is a query without a text.")
    if not _TABLE.search(query):
        raise Unmappable("Its query does not read `df`.", "Look at it by hand, and write a step sql.")
    differs = (
        "Spark's SQL there, DuckDB's here: check functions and quotes (columns in double quotes, not in backticks)",
    )
    return Outcome(({"op": "sql", "query": query.strip().rstrip(";")},), differs, columns=None)


def code_of(parameters: Mapping[str, Any]) -> str:
    """Return the code or query that a node's parameters hold; empty if there is none."""
    chosen_label = words(str(parameters.get("operator", "")))
    groups = [parameters, *(value for value in parameters.values() if isinstance(value, Mapping))]
    texts = {
        name: value
        for group in groups
        for name, value in group.items()
        if isinstance(value, str) and value.strip() and (name.endswith("code") or name in _HOLDS_CODE)
    }
    if "sql" in chosen_label:
        return texts.get("sql") or texts.get("query") or texts.get("sql_code") or texts.get("code") or ""
    return next(iter(texts.values()), "")


RULES = (
    Rule("custom_formula", "", ("derive", "drop", "rename"), _formula),
    Rule("custom_pandas", "", (), _code),
    Rule("custom_pyspark", "", (), _code),
    Rule("custom_code", "Python (PySpark)", (), _any_code),
    Rule("custom_code", "Python (Pandas)", (), _any_code),
    Rule("custom_code", "Python (User-Defined Function)", (), _any_code),
    Rule("custom_code", "SQL (PySpark SQL)", ("sql",), _any_code, seen=False),
)
