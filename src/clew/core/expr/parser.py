"""From text to nodes: a small recursive-descent parser that knows nothing of Python."""

import re
from datetime import date, datetime
from typing import NamedTuple, NoReturn

from clew.core.errors import ConfigError, did_you_mean
from clew.core.expr.functions import FUNCTIONS
from clew.core.expr.nodes import (
    Arithmetic,
    Call,
    ColumnRef,
    Compare,
    Expression,
    IsNull,
    Literal,
    Logical,
    Not,
)

#: Deeper nesting is refused, so that no text can exhaust the stack.
MAX_DEPTH = 50
#: Longer texts are refused.
MAX_LENGTH = 10_000

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | `(?P<quoted>[^`]+)`
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol><=|>=|==|!=|<>|[-+*/%()<>=,])
    )""",
    re.VERBOSE,
)
_KEYWORDS = {"and", "or", "not", "in", "is", "null", "between", "true", "false"}
_SAME = {"=": "==", "<>": "!="}


class Token(NamedTuple):
    """A piece of the text."""

    kind: str
    text: str
    position: int


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        For example ``"temp between -30 and 50 and origin in ('EWR', 'JFK')"``.

    Raises
    ------
    ConfigError
        If the text is no expression; the message shows the place.
    """
    if len(text) > MAX_LENGTH:
        raise ConfigError(f"An expression may have {MAX_LENGTH} characters, and this one has {len(text)}.")
    parser = _Parser(text)
    result = parser.disjunction()
    if parser.current.kind != "end":
        parser.fail("an operator or the end")
    return result


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise ConfigError(
                f"The expression {text!r} has {text[start]!r} at position {start + 1}, which means nothing here.",
                hint="Put texts in quotes and unusual column names in `backticks`.",
            )
        kind = str(match.lastgroup)
        value, start = match.group(kind), match.start(kind)
        if kind == "word" and value.lower() in _KEYWORDS:
            kind, value = "keyword", value.lower()
        tokens.append(Token(kind, value, start))
        position = match.end()
    return [*tokens, Token("end", "", end)]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.index = 0
        self.depth = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def fail(self, expected: str) -> NoReturn:
        token = self.current
        came = f"{token.text!r} at position {token.position + 1}" if token.kind != "end" else "the end"
        raise ConfigError(f"The expression {self.text!r} needs {expected}, and {came} came.")

    def accept(self, *texts: str) -> str | None:
        token = self.current
        if token.kind in {"keyword", "symbol"} and token.text in texts:
            self.index += 1
            return token.text
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            self.fail(repr(text))

    def disjunction(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConfigError(f"The expression {self.text[:60]!r}… is nested more than {MAX_DEPTH} deep.")
        parts = [self.conjunction()]
        while self.accept("or"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Logical("or", tuple(parts))

    def conjunction(self) -> Expression:
        parts = [self.negation()]
        while self.accept("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Logical("and", tuple(parts))

    def negation(self) -> Expression:
        count = 0
        while self.accept("not"):
            count += 1
        inner = self.comparison()
        return Not(inner) if count % 2 else inner

    def comparison(self) -> Expression:
        left = self.sum()
        if self.accept("is"):
            negated = self.accept("not") is not None
            self.expect("null")
            return Not(IsNull(left)) if negated else IsNull(left)
        negated = self.accept("not") is not None
        if self.accept("in"):
            result = self._membership(left)
        elif self.accept("between"):
            low = self.sum()
            self.expect("and")
            result = Logical("and", (Compare(">=", left, low), Compare("<=", left, self.sum())))
        elif negated:
            self.fail("'in' or 'between'")
        elif op := self.accept("==", "=", "!=", "<>", "<=", ">=", "<", ">"):
            return Compare(_SAME.get(op, op), left, self.sum())
        else:
            return left
        return Not(result) if negated else result

    def _membership(self, left: Expression) -> Expression:
        self.expect("(")
        options = [Compare("==", left, self.sum())]
        while self.accept(","):
            options.append(Compare("==", left, self.sum()))
        self.expect(")")
        return options[0] if len(options) == 1 else Logical("or", tuple(options))

    def sum(self) -> Expression:
        left = self.product()
        while op := self.accept("+", "-"):
            left = Arithmetic(op, left, self.product())
        return left

    def product(self) -> Expression:
        left = self.unary()
        while op := self.accept("*", "/", "%"):
            left = Arithmetic(op, left, self.unary())
        return left

    def unary(self) -> Expression:
        negative = False
        while self.accept("-"):
            negative = not negative
        inner = self.primary()
        if not negative:
            return inner
        if isinstance(inner, Literal) and isinstance(inner.value, int | float) and not isinstance(inner.value, bool):
            return Literal(-inner.value)
        return Arithmetic("-", Literal(0), inner)

    def primary(self) -> Expression:
        token = self.current
        if self.accept("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        if word := self.accept("null", "true", "false"):
            return Literal({"null": None, "true": True, "false": False}[word])
        if token.kind not in {"number", "text", "quoted", "word"}:
            self.fail("a value or a column")
        self.index += 1
        if token.kind == "number":
            return Literal(int(token.text) if token.text.isdigit() else float(token.text))
        if token.kind == "text":
            return Literal(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if token.kind == "quoted" or self.current.text != "(" or self.current.kind != "symbol":
            return ColumnRef(token.text)
        return self._call(token.text.lower())

    def _call(self, name: str) -> Expression:
        self.expect("(")
        arguments: list[Expression] = []
        if not self.accept(")"):
            arguments.append(self.disjunction())
            while self.accept(","):
                arguments.append(self.disjunction())
            self.expect(")")
        if name in {"date", "datetime"}:
            return self._moment(name, arguments)
        if name not in FUNCTIONS:
            raise ConfigError(
                f"The expression {self.text!r} calls {name!r}, which is no function.",
                hint=did_you_mean(name, [*FUNCTIONS, "date", "datetime"]),
            )
        fewest, most = FUNCTIONS[name].arity
        if not fewest <= len(arguments) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise ConfigError(f"The function {name!r} takes {wanted} arguments, and {len(arguments)} came.")
        return Call(name, tuple(arguments))

    def _moment(self, name: str, arguments: list[Expression]) -> Literal:
        reader = date.fromisoformat if name == "date" else datetime.fromisoformat
        value = arguments[0].value if len(arguments) == 1 and isinstance(arguments[0], Literal) else None
        try:
            return Literal(reader(value))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise ConfigError(
                f"The function {name!r} takes one quoted ISO text, and {self.text!r} gives it something else.",
                hint=f"Write {name}('2024-01-31').",
            ) from None
