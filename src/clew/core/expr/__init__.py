"""One small expression language for rules, filters, derived columns and gates.

``parse("dep_time is null or air_time > 0")`` reads a text once. The result runs on a frame of any engine
(`Expression.frame`), on one row (`Expression.evaluate`) and as SQL (`Expression.to_sql`), with one meaning: a missing
value makes a comparison missing, ``and``/``or`` follow three-valued logic, and NaN equals itself and is larger than
every number, as in Polars. Nothing of Python is reachable from a text, and a text that would take too long is refused.

A column is named plainly (``air_time``) or in backticks (```` `pm2.5` ````); texts stand in single or double quotes.
Operators by rising strength: ``or``, ``and``, ``not``, comparisons (``= == != < <= > >=``, ``[not] in (…)``,
``[not] between a and b``, ``is [not] null``), ``+ -``, ``* / %``, unary ``-``. ``case when … then … else … end``
chooses. Functions: see `clew.core.expr.functions.FUNCTIONS`; figures over many rows, which only steps of a recipe
learn: see `clew.core.expr.aggregates.AGGREGATES`.
"""

from clew.core.expr.nodes import Expression
from clew.core.expr.parser import parse

__all__ = ["Expression", "parse"]
