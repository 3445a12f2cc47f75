"""Reads a pattern of the dialect that `clew.prepare.textual.pattern` describes, and writes it for each engine."""

import re

from clew.core.errors import ConfigError
from clew.prepare.textual.characters import WHITE_SPACE, ranges
from clew.prepare.textual.pattern_parts import Part, either, joined, ways_of_repeat
from clew.prepare.textual.sets import Ranges, in_any_case, merged, others, written

#: RE2 repeats at most so often, repeats within repeats multiplied.
_MOST_REPEATS = 1000
_DEEPEST = 100

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = merged([*_DIGIT, (65, 90), (95, 95), (97, 122)])
_SPACE: Ranges = merged(ranges(sorted(map(ord, WHITE_SPACE))))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CLASSES |= {letter.upper(): others(chosen) for letter, chosen in list(_CLASSES.items())}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_REPEAT = re.compile(r"\{([0-9]{1,6})(,?)([0-9]{0,6})\}")
_ESCAPES = r"\d \w \s \D \W \S \b \n \t \r \f \v \xHH \uHHHH"
_NAME = re.compile(r"\?P<([A-Za-z_][0-9A-Za-z_]*)>")
_REFUSED = {
    "?=": "looks ahead",
    "?!": "looks ahead",
    "?<=": "looks behind",
    "?<!": "looks behind",
    "?P=": "refers to a group",
    "?>": "is an atomic group",
    "?(": "asks whether a group matched",
    "?#": "is a comment",
}


def parse(pattern: str, *, ignore_case: bool = False) -> Part:
    """Read a pattern.

    Raises
    ------
    ConfigError
        If it is no pattern of the dialect.
    """
    parser = _Parser(pattern, ignore_case=ignore_case)
    part = parser.alternatives(0)
    if parser.more():
        parser.refuse("has a `)` too many", "Write `\\)` for the character.")
    return part


class _Parser:
    def __init__(self, pattern: str, *, ignore_case: bool) -> None:
        self._pattern = pattern
        self._at = 4 if pattern.startswith("(?i)") else 0
        self._ignore_case = ignore_case or self._at > 0
        try:
            pattern.encode()
        except UnicodeEncodeError:
            self.refuse("holds half a character (a surrogate)", "Write the whole character.")

    def refuse(self, what: str, hint: str) -> None:
        raise ConfigError(f"The pattern {self._pattern!r} {what} (at character {self._at + 1}).", hint=hint)

    def more(self) -> bool:
        return self._at < len(self._pattern)

    def _next(self, text: str) -> bool:
        """Read a text, if it comes next."""
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _take(self) -> str:
        if not self.more():
            self.refuse("ends in the middle", "Write `\\\\` for a backslash, and close each bracket.")
        self._at += 1
        return self._pattern[self._at - 1]

    def alternatives(self, depth: int) -> Part:
        """Read up to the end, or up to the bracket that closes the group."""
        if depth > _DEEPEST:
            self.refuse(f"has groups more than {_DEEPEST} deep", "Write it simpler.")
        branches = [self._sequence(depth)]
        while self._next("|"):
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else either(branches)

    def _sequence(self, depth: int) -> Part:
        parts = []
        while self.more() and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return joined(parts)

    def _repeated(self, part: Part) -> Part:
        low, high = self._counts()
        if low is None:
            return part
        lazy = self._next("?")
        if self.more() and self._pattern[self._at] in "*+?{":
            self.refuse("repeats a repeat", "Put the inner one into a group: `(?:…)`.")
        if not part.repeatable or (part.shortest == 0 and high != 1):
            self.refuse("repeats what may be empty", "Let what is repeated match one character at least.")
        repeats = part.repeats * max(low, high or 1)
        if high is not None and high < low:
            self.refuse("has a repeat that ends below its start", "Write the smaller number first.")
        if repeats > _MOST_REPEATS:
            self.refuse(f"repeats something more than {_MOST_REPEATS} times", "Use `*` or `+`.")
        count = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
        count = count or (f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}")
        count += "?" if lazy else ""
        ways, power = ways_of_repeat(part, low, high)
        return Part(
            f"{part.python}{count}",
            f"{part.rust}{count}",
            part.shortest * low,
            ways,
            power,
            repeats,
            part.groups,
            part.portable,
        )

    def _counts(self) -> tuple[int | None, int | None]:
        """Read how often the part before is repeated; None for a repeat that is not there, or has no end."""
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._next(sign):
                return counts
        found = _REPEAT.match(self._pattern, self._at)
        if found is None:
            return None, None
        self._at = found.end()
        low, comma, high = found.groups()
        return int(low), (int(high) if high else None) if comma else int(low)

    def _atom(self, depth: int) -> Part:
        character = self._take()
        if character == "(":
            return self._group(depth)
        if character == "[":
            return self._of(self._class())
        if character == ".":
            return self._of(others(((10, 10),)))
        if character == "^":
            return Part(r"\A", r"\A", 0, repeatable=False)
        if character == "$":
            return Part(r"\Z", r"\z", 0, repeatable=False)
        if character in "*+?":
            self.refuse(f"repeats nothing with `{character}`", f"Write `\\{character}` for the character.")
        if character == "{":
            self.refuse("has a `{` that is no repeat", "Write `\\{` for the character.")
        if character == "\\":
            if self._next("b"):
                return Part(r"\b", r"(?-u:\b)", 0, portable=False, repeatable=False)
            return self._of(self._escape())
        return self._of(((ord(character), ord(character)),))

    def _of(self, chosen: Ranges) -> Part:
        if not chosen:
            self.refuse("has a class of no characters", "Name one at least.")
        text = written(self._in_case(chosen) if _is_one(chosen) else chosen)
        return Part(text, text)

    def _in_case(self, chosen: Ranges) -> Ranges:
        """Return characters that were written out, in the other case too if case is ignored."""
        return in_any_case(chosen) if self._ignore_case else chosen

    def _group(self, depth: int) -> Part:
        for sign, does in _REFUSED.items():
            if self._pattern.startswith(sign, self._at):
                self.refuse(f"{does}, which not every engine can", "Extract or replace in two steps instead.")
        named = _NAME.match(self._pattern, self._at)
        if named:
            self._at = named.end()
        captures = named is not None or not self._next("?:")
        if not named and captures and self._next("?"):
            self.refuse("has flags or a group of an unknown kind", "Only `(?:…)`, and `(?i)` at the start, are known.")
        part = self.alternatives(depth + 1)
        if not self._next(")"):
            self.refuse("has a group without an end", "Close it with `)`, or write `\\(` for the character.")
        opening = "(" if captures else "(?:"
        return Part(
            f"{opening}{part.python})",
            f"{opening}{part.rust})",
            part.shortest,
            part.ways,
            part.power,
            part.repeats,
            part.groups + captures,
            part.portable,
        )

    def _class(self) -> Ranges:
        """Read a class up to its closing bracket."""
        negated = self._next("^")
        parts: list[tuple[int, int]] = []
        first = True
        while first or not self._next("]"):
            first = False
            if self._pattern.startswith("[:", self._at):
                self.refuse("has a class such as `[:alpha:]`", "Spell the characters out: `[A-Za-z]`.")
            low = self._member()
            if _is_one(low):
                dash = self._pattern.startswith("-", self._at) and not self._pattern.startswith("-]", self._at)
                low = self._in_case(self._range(low) if dash else low)
            parts.extend(low)
        return others(merged(parts)) if negated else merged(parts)

    def _range(self, low: Ranges) -> Ranges:
        self._at += 1
        high = self._member()
        if not _is_one(high) or high[0][0] < low[0][0]:
            self.refuse("has a range that ends before its start, or at a class", "Write `\\-` for a dash.")
        return ((low[0][0], high[0][0]),)

    def _member(self) -> Ranges:
        character = self._take()
        if character == "\\":
            return self._escape()
        return ((ord(character), ord(character)),)

    def _escape(self) -> Ranges:
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROLS:
            character = _CONTROLS[character]
        elif character in "xu":
            character = self._code(2 if character == "x" else 4)
        elif not character.isascii() or character.isalnum():
            self.refuse(
                f"has `\\{character}`, which is unknown here", f"Known are {_ESCAPES}, and signs such as \\. and \\(."
            )
        return ((ord(character), ord(character)),)

    def _code(self, digits: int) -> str:
        """Read a character given by its number: some hexadecimal digits, or any number of them in braces."""
        if self._next("{"):
            end = self._pattern.find("}", self._at)
            text, self._at = self._pattern[self._at : end], end + 1
        else:
            text = self._pattern[self._at : self._at + digits]
            self._at += digits
        point = int(text, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,6}", text) else -1
        if not 0 <= point <= 0x10FFFF or 0xD800 <= point < 0xE000 or self._at > len(self._pattern):
            self.refuse("names a character by a wrong number", "Write e.g. `\\x41`, `\\u00e9` or `\\u{1f600}`.")
        return chr(point)


def _is_one(chosen: Ranges) -> bool:
    return len(chosen) == 1 and chosen[0][0] == chosen[0][1]
