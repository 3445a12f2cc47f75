"""From text to nodes: a small recursive-descent parser that knows nothing of Python."""

import math
import re
from datetime import date, datetime
from typing import NamedTuple, NoReturn

from clew.core.errors import ConfigError, did_you_mean
from clew.core.expr.aggregates import AGGREGATES, Aggregate, refusal
from clew.core.expr.calculations import Arithmetic, Call, Case
from clew.core.expr.functions import FUNCTIONS, SYNONYMS
from clew.core.expr.nodes import ColumnRef, Compare, Expression, IsNull, Literal, Logical, Not

#: Deeper nesting of brackets is refused, so that no text can exhaust the stack …
MAX_DEPTH = 50
#: … and so are longer chains of operations, which nest as deep when they run.
MAX_CHAIN = 250
#: Longer texts are refused.
MAX_LENGTH = 10_000
#: What a frame has to compute at most, in nodes: some repeat what is below them, and repeats of repeats add up.
MAX_SIZE = 20_000
#: Digits of a whole number at most; a longer one becomes a float.
_DIGITS = 18
#: This many times its length a text may grow by replacing.
_GROWTH = 1_000

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | `(?P<quoted>[^`]+)`
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol><=|>=|==|!=|<>|[-+*/%()<>=,≠≤≥])
    )""",
    re.VERBOSE,
)
_KEYWORDS = {"and", "or", "not", "in", "is", "null", "between", "true", "false"}
_SAME = {"=": "==", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">="}
_COMPARISONS = ("==", "=", "!=", "<>", "<=", ">=", "<", ">", "≠", "≤", "≥")
#: Operators under the name of a function.
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "mod": "%"}


class Token(NamedTuple):
    """A piece of the text."""

    kind: str
    text: str
    position: int


def parse(text: str, *, aggregates: bool = False) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        For example ``"temp between -30 and 50 and origin in ('EWR', 'JFK')"``.
    aggregates : bool, default False
        Whether figures over many rows may occur, such as ``avg(price)``; who allows them must learn them.

    Raises
    ------
    ConfigError
        If the text is no expression, or would take too long to run; the message shows the place.
    """
    if len(text) > MAX_LENGTH:
        raise ConfigError(
            f"An expression may have {MAX_LENGTH} characters, and this one has {len(text)}.",
            hint="Write it as several, one after the other.",
        )
    parser = _Parser(text, aggregates=aggregates)
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


class _Size(NamedTuple):
    """How large a node becomes when it runs: its depth, what it repeats, how much longer it may make a text."""

    depth: int
    nodes: int
    growth: float


class _Parser:
    def __init__(self, text: str, *, aggregates: bool) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.index = 0
        self.depth = 0
        self.aggregates = aggregates
        self.within = ""
        #: Nodes made so far, kept so that their identity stays theirs.
        self.made: dict[int, tuple[Expression, _Size]] = {}

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    @property
    def following(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def fail(self, expected: str) -> NoReturn:
        token = self.current
        came = f"{token.text!r} at position {token.position + 1}" if token.kind != "end" else "the end"
        raise ConfigError(
            f"The expression {self.text!r} needs {expected}, and {came} came.",
            hint="Write for example `price / rooms` or `age >= 18 and town is not null`.",
        )

    def node(self, expression: Expression) -> Expression:
        """Take a new node in, unless it has become too large."""
        sizes = [self.made[id(child)][1] for child in expression.children]
        growth = max((size.growth for size in sizes), default=1.0)
        if isinstance(expression, Call) and expression.name == "replace":
            old, new = (len(str(item.value)) for item in expression.arguments[1:] if isinstance(item, Literal))
            growth *= max(1.0, new / old)
        size = _Size(
            1 + max((size.depth for size in sizes), default=0),
            1 + expression.copies * sum(size.nodes for size in sizes),
            growth,
        )
        for value, limit, what in (
            (size.depth, MAX_CHAIN, f"chains more than {MAX_CHAIN} operations"),
            (size.nodes, MAX_SIZE, f"repeats its parts more than {MAX_SIZE} times"),
            (size.growth, _GROWTH, f"makes a text more than {_GROWTH} times as long"),
        ):
            if value > limit:
                raise ConfigError(f"The expression {self.text[:60]!r}… {what}.", hint="Compute it in several steps.")
        self.made[id(expression)] = (expression, size)
        return expression

    def accept(self, *texts: str) -> str | None:
        token = self.current
        if token.kind in {"keyword", "symbol"} and token.text in texts:
            self.index += 1
            return token.text
        return None

    def accept_word(self, word: str) -> bool:
        """Take a word that means something in its place only, and elsewhere may name a column."""
        if self.current.kind == "word" and self.current.text.lower() == word:
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            self.fail(repr(text))

    def expect_word(self, word: str) -> None:
        if not self.accept_word(word):
            self.fail(repr(word))

    def disjunction(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConfigError(
                f"The expression {self.text[:60]!r}… is nested more than {MAX_DEPTH} deep.",
                hint="Write it as several, one after the other.",
            )
        parts = [self.conjunction()]
        while self.accept("or"):
            parts.append(self.conjunction())
        self.depth -= 1
        return self.logical("or", parts)

    def conjunction(self) -> Expression:
        parts = [self.negation()]
        while self.accept("and"):
            parts.append(self.negation())
        return self.logical("and", parts)

    def logical(self, op: str, parts: list[Expression]) -> Expression:
        if len(parts) == 1:
            return parts[0]
        if len(parts) > MAX_CHAIN:
            raise ConfigError(
                f"The expression {self.text[:60]!r}… chains more than {MAX_CHAIN} operations.",
                hint="Compute it in several steps.",
            )
        return self.node(Logical(op, tuple(parts)))

    def negation(self) -> Expression:
        count = 0
        while self.accept("not"):
            count += 1
        inner = self.comparison()
        return self.node(Not(inner)) if count % 2 else inner

    def comparison(self) -> Expression:
        left = self.sum()
        if self.accept("is"):
            negated = self.accept("not") is not None
            self.expect("null")
            result = self.node(IsNull(left))
        else:
            negated = self.accept("not") is not None
            if self.accept("in"):
                result = self._membership(left)
            elif self.accept("between"):
                low = self.node(Compare(">=", left, self.sum()))
                self.expect("and")
                result = self.logical("and", [low, self.node(Compare("<=", left, self.sum()))])
            elif negated:
                self.fail("'in' or 'between'")
            elif op := self.accept(*_COMPARISONS):
                return self.node(Compare(_SAME.get(op, op), left, self.sum()))
            else:
                return left
        return self.node(Not(result)) if negated else result

    def _membership(self, left: Expression) -> Expression:
        self.expect("(")
        options = [self.node(Compare("==", left, self.sum()))]
        while self.accept(","):
            options.append(self.node(Compare("==", left, self.sum())))
        self.expect(")")
        return self.logical("or", options)

    def sum(self) -> Expression:
        left = self.product()
        while op := self.accept("+", "-"):
            left = self.node(Arithmetic(op, left, self.product()))
        return left

    def product(self) -> Expression:
        left = self.unary()
        while op := self.accept("*", "/", "%"):
            left = self.node(Arithmetic(op, left, self.unary()))
        return left

    def unary(self) -> Expression:
        negative = False
        while self.accept("-"):
            negative = not negative
        inner = self.primary()
        return self.negative(inner) if negative else inner

    def negative(self, inner: Expression) -> Expression:
        if isinstance(inner, Literal) and isinstance(inner.value, int | float) and not isinstance(inner.value, bool):
            return self.node(Literal(-inner.value))
        return self.node(Arithmetic("-", self.node(Literal(0)), inner))

    def primary(self) -> Expression:
        token = self.current
        if self.accept("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        if word := self.accept("null", "true", "false"):
            return self.node(Literal({"null": None, "true": True, "false": False}[word]))
        if token.kind == "keyword" and token.text in {"and", "or"} and self.following.text == "(":
            self.index += 1
            return self.logical(token.text, self._arguments(token.text, 2, MAX_CHAIN))
        if token.kind not in {"number", "text", "quoted", "word"}:
            self.fail("a value or a column")
        self.index += 1
        if token.kind == "number":
            return self.node(Literal(self._number(token.text)))
        if token.kind == "text":
            return self.node(Literal(re.sub(r"\\(.)", r"\1", token.text[1:-1])))
        if token.kind == "word" and token.text.lower() == "case" and self._at_word("when"):
            return self._case()
        if token.kind == "quoted" or self.current.text != "(" or self.current.kind != "symbol":
            return self.node(ColumnRef(token.text))
        return self._call(token.text.lower())

    def _number(self, text: str) -> float:
        number = int(text) if text.isdigit() and len(text) <= _DIGITS else float(text)
        if math.isinf(number):
            raise ConfigError(
                f"The expression {self.text[:60]!r} has a number that no float can hold.",
                hint="Write one below 1.8e308.",
            )
        return number

    def _at_word(self, word: str) -> bool:
        return self.current.kind == "word" and self.current.text.lower() == word

    def _case(self) -> Expression:
        branches = []
        while self.accept_word("when"):
            condition = self.disjunction()
            self.expect_word("then")
            branches.append((condition, self.disjunction()))
        otherwise = self.disjunction() if self.accept_word("else") else self.node(Literal(None))
        self.expect_word("end")
        return self._choice(branches, otherwise)

    def _choice(self, branches: list[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
        for value in (*(value for _, value in branches), otherwise):
            self._check_kind(value, branches[0][1])
        return self.node(Case(tuple(branches), otherwise))

    def _check_kind(self, value: Expression, first: Expression) -> None:
        """Refuse a text where another choice is a number: each engine would make something else of them."""
        kinds = {_kind(item) for item in (value, first)} - {None}
        if len(kinds) > 1:
            raise ConfigError(
                f"The expression {self.text!r} chooses between a {' and a '.join(sorted(map(str, kinds)))}.",
                hint="Let all choices be numbers, or all of them texts.",
            )

    def _arguments(self, name: str, fewest: int, most: int) -> list[Expression]:
        self.expect("(")
        arguments: list[Expression] = []
        if not self.accept(")"):
            arguments.append(self.disjunction())
            while self.accept(","):
                arguments.append(self.disjunction())
            self.expect(")")
        if not fewest <= len(arguments) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise ConfigError(f"The function {name!r} takes {wanted} arguments, and {len(arguments)} came.")
        return arguments

    def _call(self, name: str) -> Expression:
        if name in AGGREGATES:
            return self._aggregate(name)
        if name in {"date", "datetime"}:
            return self.node(self._moment(name, self._arguments(name, 0, MAX_CHAIN)))
        if name in _OPERATORS:
            left, right = self._arguments(name, 2, 2)
            return self.node(Arithmetic(_OPERATORS[name], left, right))
        if name == "negate":
            return self.negative(*self._arguments(name, 1, 1))
        if name == "if":
            condition, value, otherwise = self._arguments(name, 3, 3)
            return self._choice([(condition, value)], otherwise)
        if name == "case":
            parts = self._arguments(name, 2, MAX_CHAIN)
            otherwise = parts.pop() if len(parts) % 2 else self.node(Literal(None))
            return self._choice(list(zip(parts[::2], parts[1::2], strict=True)), otherwise)
        return self._function(SYNONYMS.get(name, name))

    def _function(self, name: str) -> Expression:
        if name not in FUNCTIONS:
            raise ConfigError(
                f"The expression {self.text!r} calls {name!r}, which is no function.",
                hint=did_you_mean(name, [*FUNCTIONS, *_OPERATORS, *AGGREGATES, "if", "case", "date", "datetime"]),
            )
        function = FUNCTIONS[name]
        arguments = self._arguments(name, *function.arity)
        for position, check in function.written.items():
            if position < len(arguments):
                given = arguments[position]
                needed = check(given.value) if isinstance(given, Literal) else check(None)
                if needed is not None:
                    raise ConfigError(
                        f"The function {name!r} needs {needed} as argument {position + 1}, and `{given}` came."
                    )
        return self.node(Call(name, tuple(arguments)))

    def _aggregate(self, name: str) -> Expression:
        if not self.aggregates:
            raise refusal(name, self.text)
        if self.within:
            raise ConfigError(
                f"The expression {self.text!r} has the aggregate {name!r} within {self.within!r}.",
                hint="Compute the inner one with a derive step of its own.",
            )
        self.expect("(")
        if name == "count" and self.accept(")"):
            return self.node(Aggregate("count"))
        self.within = name
        argument, by = self.disjunction(), None
        if self.accept_word("by"):
            token = self.current
            if token.kind not in {"word", "quoted"}:
                self.fail("a column")
            self.index += 1
            by = ColumnRef(token.text)
            self.node(by)
        if self.current.text == "," and self.current.kind == "symbol":
            extreme = {"min": "least", "max": "greatest"}.get(name)
            hint = f"The {name} of several columns in one row is `{extreme}`." if extreme else "Name one column."
            raise ConfigError(f"The aggregate {name!r} takes one argument, and more came.", hint=hint)
        self.expect(")")
        self.within = ""
        return self.node(Aggregate(name, argument, by))

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


def _kind(node: Expression) -> str | None:
    """Return what a value is as far as it can be read from the text."""
    if not isinstance(node, Literal) or node.value is None or isinstance(node.value, date):
        return None
    return "text" if isinstance(node.value, str) else "truth value" if isinstance(node.value, bool) else "number"
