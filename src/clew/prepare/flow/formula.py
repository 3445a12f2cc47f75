"""A formula in Spark's SQL as an expression of Clew's, where both say the same."""

import re
from collections.abc import Callable

from clew.core.errors import ConfigError
from clew.core.expr import parse
from clew.prepare.flow.names import Names

#: Functions of Spark under the name that they have here; each means the same, but for what `_DIFFERS` says.
_FUNCTIONS = {
    "abs": "abs", "ceil": "ceil", "ceiling": "ceil", "exp": "exp", "floor": "floor", "ln": "ln", "log": "ln",
    "log10": "log10", "log2": "log2", "pow": "pow", "power": "pow", "round": "round", "sign": "sign",
    "signum": "sign", "sqrt": "sqrt", "negative": "negate", "concat": "concat", "lower": "lower", "lcase": "lower",
    "upper": "upper", "ucase": "upper", "trim": "trim", "length": "length", "char_length": "length",
    "replace": "replace",
    "substring": "substring", "substr": "substring", "startswith": "starts_with", "endswith": "ends_with",
    "contains": "contains", "if": "if", "coalesce": "coalesce", "nvl": "coalesce", "ifnull": "coalesce",
    "greatest": "greatest", "least": "least", "year": "year", "month": "month", "day": "day", "dayofmonth": "day",
    "dayofyear": "day_of_year", "hour": "hour", "minute": "minute", "second": "second",
}  # fmt: skip
_KEYWORDS = {"and", "or", "not", "in", "is", "null", "between", "true", "false", "case", "when", "then", "else", "end"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_]))
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | `(?P<quoted>[^`]+)`
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol><=|>=|==|!=|<>|[-+*/%()<>=,])""",
    re.VERBOSE,
)
_DIFFERS: tuple[tuple[Callable[[set[str]], bool], str], ...] = (
    (lambda said: bool({"/", "%"} & said), "a division by zero is missing there; here 0/0 is missing and x/0 infinite"),
    (lambda said: "%" in said, "a remainder has the sign of the divisor here, of the dividend there"),
    (lambda said: "round" in said, "a half is rounded to the even neighbour here, away from zero there"),
    (lambda said: bool({"ln", "log", "log10", "log2"} & said), "a logarithm of nothing or less is missing there"),
)


def translated(formula: str, names: Names) -> tuple[str, tuple[str, ...], frozenset[str]]:
    """Return an expression, what differs, and the columns of the flow that the formula reads.

    Parameters
    ----------
    formula : str
        One expression of Spark's SQL.
    names : Names
        The columns that it may read.

    Raises
    ------
    ConfigError
        If it says something that an expression of Clew's cannot say, or that means something else there.
    Unmappable
        If a column that it reads is not there; see `clew.prepare.flow.names.Names.here`.
    """
    written, said, read = [], set(), set()
    position = 0
    while position < len(formula):
        token = _TOKEN.match(formula, position)
        if token is None:
            raise ConfigError(
                f"{formula[position : position + 20]!r} at position {position + 1} has no meaning in one."
            )
        kind, text = str(token.lastgroup), token.group(str(token.lastgroup))
        position = token.end()
        if kind == "word" and text.casefold() not in _KEYWORDS:
            if formula[position:].lstrip().startswith("("):
                text = _function(text)
                said.add(text)
            else:
                kind = "quoted"
        if kind == "quoted":
            read.add(text)
            here = names.here(text)
            if "`" in here:
                raise ConfigError(f"the column {here!r} has a backtick in its name.")
            text = (
                here
                if re.fullmatch(r"[A-Za-z_]\w*", here, re.ASCII) and here.casefold() not in _KEYWORDS
                else f"`{here}`"
            )
        elif kind == "symbol":
            said.add(text)
        written.append(" " if kind == "space" else text)
    expression = "".join(written).strip()
    parse(expression)
    return expression, tuple(told for applies, told in _DIFFERS if applies(said)), frozenset(read)


def _function(name: str) -> str:
    here = _FUNCTIONS.get(name.casefold())
    if here is None:
        raise ConfigError(f"there is no function {name!r}, or it means something else.")
    return here
