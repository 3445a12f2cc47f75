"""The operations of `format_string`: widths, margins, case, beginnings and endings, symbols."""

from collections.abc import Callable
from typing import Any, Literal

from clew.prepare.table import Language
from clew.prepare.textual.characters import WHITE_SPACE
from clew.prepare.textual.operation import Operation
from clew.prepare.textual.sets import merged, written
from clew.prepare.textual.uses import Uses

Formatting = Literal[
    "left_pad",
    "right_pad",
    "center_pad",
    "prepend_zeros",
    "strip",
    "strip_left",
    "strip_right",
    "lower",
    "upper",
    "capitalize",
    "swap_case",
    "add_affixes",
    "remove_symbols",
]

_PADDED = Uses(("width",), ("fill", "truncate"))
_STRIPPED = Uses((), ("characters",))
USES: dict[str, Uses] = {
    "left_pad": _PADDED,
    "right_pad": _PADDED,
    "center_pad": _PADDED,
    "prepend_zeros": Uses(("width",), ("truncate",)),
    "strip": _STRIPPED,
    "strip_left": _STRIPPED,
    "strip_right": _STRIPPED,
    "lower": Uses(),
    "upper": Uses(),
    "capitalize": Uses(),
    "swap_case": Uses(),
    "add_affixes": Uses((), ("prefix", "suffix")),
    "remove_symbols": Uses((), ("characters",)),
}
#: Small letters.
LOWER = Operation(str.lower, polars=lambda text: text.str.to_lowercase(), ascii_only=True)
_CASES: dict[str, Operation] = {
    "lower": LOWER,
    "upper": Operation(str.upper, polars=lambda text: text.str.to_uppercase(), ascii_only=True),
    "capitalize": Operation(
        str.capitalize,
        polars=lambda text: text.str.head(1).str.to_uppercase() + text.str.slice(1).str.to_lowercase(),
        ascii_only=True,
    ),
    "swap_case": Operation(str.swapcase),
}


def formatting(
    operation: str, *, width: int, fill: str, truncate: bool, characters: str | None, prefix: str, suffix: str
) -> Operation:
    """Return an operation by name; the options mean what they mean in `FormatString`."""
    if operation in _CASES:
        return _CASES[operation]
    if operation == "prepend_zeros":
        return _zeros(width, truncate=truncate)
    if operation.endswith("_pad"):
        return _padded(operation, width, fill, truncate=truncate)
    if operation == "add_affixes":
        return Operation(
            lambda text: f"{prefix}{text}{suffix}",
            lambda F, text: F.concat_str(F.lit(prefix), text, F.lit(suffix)),
        )
    if operation == "remove_symbols":
        return _without(WHITE_SPACE if characters is None else characters)
    return _stripped(operation, WHITE_SPACE if characters is None else characters)


def _padded(operation: str, width: int, fill: str, *, truncate: bool) -> Operation:
    if operation == "center_pad":
        return Operation(lambda text: text[:width].center(width, fill) if truncate else text.center(width, fill))
    margin = fill * width

    def expression(F: Language, text: Any) -> Any:
        if operation == "left_pad":
            padded = F.concat_str(F.lit(margin), text).str.tail(width)
        else:
            padded = F.concat_str(text, F.lit(margin)).str.head(width)
        return _unless_wide(F, text, padded, width, truncate=truncate)

    pad: Callable[..., str] = str.rjust if operation == "left_pad" else str.ljust
    return Operation(lambda text: pad(text[:width] if truncate else text, width, fill), expression)


def _unless_wide(F: Language, text: Any, padded: Any, width: int, *, truncate: bool) -> Any:
    wide = text.str.head(width) if truncate else text
    return F.when(text.str.len_chars() >= width).then(wide).otherwise(padded)


def _zeros(width: int, *, truncate: bool) -> Operation:
    """Zeros go between the sign and the digits."""
    margin = "0" * width

    def expression(F: Language, text: Any) -> Any:
        signed = text.str.starts_with("-") | text.str.starts_with("+")
        number = F.concat_str(F.lit(margin), F.when(signed).then(text.str.slice(1)).otherwise(text))
        after_sign = F.concat_str(text.str.head(1), number.str.tail(width - 1)) if width > 1 else text
        padded = F.when(signed).then(after_sign).otherwise(number.str.tail(width))
        return _unless_wide(F, text, padded, width, truncate=truncate)

    return Operation(lambda text: text[:width] if truncate and len(text) > width else text.zfill(width), expression)


def _stripped(operation: str, characters: str) -> Operation:
    words: dict[str, tuple[Callable[..., str], str]] = {
        "strip": (str.strip, "strip_chars"),
        "strip_left": (str.lstrip, "strip_chars_start"),
        "strip_right": (str.rstrip, "strip_chars_end"),
    }
    strip, word = words[operation]
    return Operation(lambda text: strip(text, characters), lambda _, text: getattr(text.str, word)(characters))


def _without(characters: str) -> Operation:
    gone = dict.fromkeys(map(ord, characters))
    symbols = written(merged((point, point) for point in gone))
    return Operation(lambda text: text.translate(gone), lambda _, text: text.str.replace_all(symbols, ""))
