"""The page about expressions names every function; its tables are made from them.

``CLEW_WRITE_DOCS=1 pytest tests/core/test_expr_documented.py`` writes them anew.
"""

import os
from pathlib import Path

from clew.core.expr.aggregates import AGGREGATES
from clew.core.expr.functions import FUNCTIONS, SYNONYMS
from clew.core.expr.moments import MOMENTS
from clew.core.expr.numbers import NUMBERS
from clew.core.expr.texts import TEXTS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "expressions.md"
RARE = {name: function for name, function in FUNCTIONS.items() if name not in NUMBERS | TEXTS | MOMENTS}


def tables() -> str:
    """Return the functions, in groups, and the figures over many rows."""
    lines = []
    for title, functions in (("numbers", NUMBERS), ("texts", TEXTS), ("moments", MOMENTS), ("any values", RARE)):
        lines += [f"| of {title} | gives |", "|---|---|"]
        for name, function in sorted(functions.items()):
            names = [name, *(other for other, meant in SYNONYMS.items() if meant == name)]
            lines.append(f"| {', '.join(f'`{each}`' for each in names)} | {function.help} |")
        lines.append("")
    lines += ["## Figures over many rows", ""]
    lines += [
        "`derive` and `filter` learn them from the training rows. `avg(price)` is one figure; `avg(price by shop)` is one per"
    ]
    lines += [
        "group, missing for a group that was not seen: `coalesce(avg(price by shop), avg(price))`. Missing and infinite values"
    ]
    lines += ["are left out; of no value there is no figure, but a count of 0.", ""]
    lines += ["| figure | gives |", "|---|---|"]
    lines += [f"| `{name}` | {help_} |" for name, help_ in sorted(AGGREGATES.items())]
    return "\n".join(lines) + "\n"


def test_page_names_each_function() -> None:
    head, _, _ = PAGE.read_text(encoding="utf-8").partition("| of numbers |")
    if os.environ.get("CLEW_WRITE_DOCS"):
        PAGE.write_text(head + tables(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == head + tables()
