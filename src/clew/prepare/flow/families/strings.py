"""Format string, search and edit, validate string."""

import re

from clew.prepare.flow.families.common import text_first, unwrapped
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import Options
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Mapper, Rule, Seen

_SYMBOLS = "!@#$%^&*()_+=-/\\`~{}|<>?"
_BY_HAND = "Write it as a function of an installed package, or make the column before Clew reads the file."
#: Operations that give something else than a text, and so need a new name before they take the source's place.
_OTHER_TYPE = {"find", "find_from_right", "matches_prefix", "find_all", "split"}
_REFERENCE = re.compile(r"[$\\]\d")


def _edited(seen: Seen, op: str, **stated: object) -> tuple[StepDict, ...]:
    """Return the steps of one operation on texts that replaces its source, or makes the output that is asked for."""
    columns = seen.names.all_here(seen.options.listed("input_column"))
    output = seen.options.maybe("output_column")
    if output and len(columns) > 1:
        raise Unmappable(f"It has several columns and one output {output!r}.", "Make a step for each of them.")
    step: StepDict = {"op": op, "columns": chosen(columns), **stated}
    before = text_first(seen.names, columns)
    if output and output not in columns:
        return (*before, {**step, "output": output})
    if op == "format_string" or stated["operation"] not in _OTHER_TYPE:
        return (*before, step)
    made = {f"{name}_{stated['operation']}": name for name in columns}
    return (*before, step, {"op": "drop", "columns": chosen(columns)}, {"op": "rename", "names": made})


def _format(operation: str, *, pad: bool = False, strip: bool = False) -> Mapper:
    def mapper(seen: Seen) -> Outcome:
        stated: StepDict = {"operation": operation}
        if pad:
            stated["width"] = seen.options.whole("width")
            if operation != "prepend_zeros":
                stated["fill"] = seen.options.raw_text("fill_character", " ") or " "
            if operation == "center_pad":
                stated["truncate"] = False
        if strip and seen.options.has("characters_to_remove"):
            stated["characters"] = seen.options.raw_text("characters_to_remove")
        return Outcome(_edited(seen, "format_string", **stated))

    return mapper


def _affix(which: str) -> Mapper:
    def mapper(seen: Seen) -> Outcome:
        return Outcome(_edited(seen, "format_string", operation="add_affixes", **{which: seen.options.raw_text(which)}))

    return mapper


def _remove_symbols(seen: Seen) -> Outcome:
    characters = seen.options.raw_text("symbols") or _SYMBOLS
    return Outcome(_edited(seen, "format_string", operation="remove_symbols", characters=characters))


def _title(seen: Seen) -> Outcome:
    del seen
    raise Unmappable("There is no title case among the steps.", _BY_HAND)


def _find(operation: str) -> Mapper:
    def mapper(seen: Seen) -> Outcome:
        stated: StepDict = {"operation": operation, "substring": seen.options.raw_text("needle")}
        start, end = (seen.options.whole(name, -1) for name in ("start_index", "end_index"))
        stated |= {"start": start} if start > 0 else {}
        stated |= {"end": end} if end >= 0 else {}
        return Outcome(_edited(seen, "search_and_edit", **stated))

    return mapper


def _matches(seen: Seen) -> Outcome:
    stated = {"pattern": seen.options.text("pattern"), "case_sensitive": seen.options.flag("case", default=True)}
    return Outcome(_edited(seen, "search_and_edit", operation="matches_prefix", **stated))


def _find_all(seen: Seen) -> Outcome:
    return Outcome(_edited(seen, "search_and_edit", operation="find_all", pattern=seen.options.text("pattern")))


def _extract(seen: Seen) -> Outcome:
    pattern = seen.options.text("pattern")
    groups = len(re.findall(r"(?<!\\)\((?!\?)", pattern)) + len(re.findall(r"(?<!\\)\(\?P?<[A-Za-z]", pattern))
    group = seen.options.whole("index", 1 if groups else 0)
    return Outcome(
        _edited(seen, "search_and_edit", operation="extract", pattern=pattern, group=group),
        ("where nothing matches, the result is missing; there it is an empty text",),
    )


def _between(seen: Seen) -> Outcome:
    left, right = _delimiters(seen.options)
    pattern = f"{re.escape(left)}(.*){re.escape(right)}"
    return Outcome(
        _edited(seen, "search_and_edit", operation="extract", pattern=pattern, group=1),
        ("where nothing matches, the result is missing; there it is an empty text",),
    )


def _position(seen: Seen) -> Outcome:
    start, length = _part(seen.options)
    return Outcome(_edited(seen, "search_and_edit", operation="extract_from_position", start=start, length=length))


def _replace(seen: Seen) -> Outcome:
    replacement = seen.options.raw_text("replacement")
    if _REFERENCE.search(replacement):
        raise Unmappable(f"Its replacement {replacement!r} refers to groups of the pattern.", _BY_HAND)
    return Outcome(
        _edited(
            seen, "search_and_edit", operation="replace", pattern=seen.options.text("pattern"), replacement=replacement
        )
    )


def _replace_between(seen: Seen) -> Outcome:
    left, right = _delimiters(seen.options)
    stated = {"left_delimiter": left, "right_delimiter": right, "replacement": seen.options.raw_text("replacement")}
    return Outcome(
        _edited(seen, "search_and_edit", operation="replace_between", **stated),
        ("where the left delimiter stands several times, the first one counts here, the last one there",),
    )


def _replace_position(seen: Seen) -> Outcome:
    start, length = _part(seen.options)
    stated = {"start": start, "length": length, "replacement": seen.options.raw_text("replacement")}
    return Outcome(
        _edited(seen, "search_and_edit", operation="replace_from_position", **stated),
        ("a text that ends before the position stays as it is",),
    )


def _regex_to_missing(seen: Seen) -> Outcome:
    pattern = f"^(?:{seen.options.text('pattern')})$"
    emptied = _edited(seen, "search_and_edit", operation="replace", pattern=pattern, replacement="")
    last = emptied[-1]
    columns = last.get("output") or last["columns"]
    filled = {"op": "search_and_edit", "columns": columns, "operation": "regex_to_missing", "pattern": r"[\s\S]+"}
    return Outcome((*emptied, filled), ("an empty text becomes missing as well",))


def _others_to_missing(seen: Seen) -> Outcome:
    pattern = seen.options.text("pattern")
    return Outcome(_edited(seen, "search_and_edit", operation="regex_to_missing", pattern=pattern))


def _split(seen: Seen) -> Outcome:
    stated: StepDict = {"operation": "split"}
    delimiter = seen.options.raw_text("delimiter")
    stated |= {"delimiter": delimiter} if delimiter else {}
    limit = seen.options.whole("limit", 0)
    stated |= {"max_splits": limit - 1} if limit > 1 else {}
    if limit == 1:
        raise Unmappable("It splits into one part, which changes nothing but the type.")
    return Outcome(_edited(seen, "search_and_edit", **stated))


def _delimiters(options: Options) -> tuple[str, str]:
    return options.raw_text("left_delimiter"), options.raw_text("right_delimiter")


def _part(options: Options) -> tuple[int, int]:
    """Return start and length; positions count from 1 there and from 0 here."""
    start = options.whole("start_position")
    if start < 0:
        raise Unmappable(f"It counts the position {start} from the end of the text.", _BY_HAND)
    return max(start - 1, 0), options.whole("length")


def _validate(operation: str, option: str = "") -> Mapper:
    def mapper(seen: Seen) -> Outcome:
        options = seen.options
        stated: StepDict = {"operation": operation}
        if option == "length":
            stated["length"] = options.whole(unwrapped(options, "length", "string_length", "value") or "length")
        if option == "text":
            names = ("prefix", "suffix", "pattern", "substring", "text", "value", "starts_with", "ends_with")
            stated["text"] = options.text(unwrapped(options, *names) or names[0])
        columns = seen.names.all_here(options.listed("input_column"))
        output = options.maybe("output_column")
        before = text_first(seen.names, columns)
        step: StepDict = {"op": "validate_string", "columns": chosen(columns), **stated}
        if output and output not in columns:
            return Outcome((*before, {**step, "output": output}))
        made = {f"{name}_{operation}": name for name in columns}
        return Outcome((*before, step, {"op": "drop", "columns": chosen(columns)}, {"op": "rename", "names": made}))

    return mapper


_CUT = ("a text that is longer than the width stays whole there as well, hence `truncate: false`",)
_TEXT, _EDIT = ("cast", "format_string"), ("cast", "search_and_edit", "drop", "rename")
_CHECK = ("cast", "validate_string", "drop", "rename")
_VALIDATIONS = {
    "String length": ("length_equals", "length"),
    "Length": ("length_equals", "length"),
    "Starts with": ("starts_with", "text"),
    "Ends with": ("ends_with", "text"),
    "Is alphanumeric": ("is_alphanumeric", ""),
    "Is alpha": ("is_alpha", ""),
    "Is digit": ("is_digit", ""),
    "Is space": ("is_space", ""),
    "Is title": ("is_title", ""),
    "Is lowercase": ("is_lower", ""),
    "Is lower": ("is_lower", ""),
    "Is uppercase": ("is_upper", ""),
    "Is upper": ("is_upper", ""),
    "Is numeric": ("is_numeric", ""),
    "Is decimal": ("is_decimal", ""),
}

RULES = (
    Rule("format_string", "Lower case", _TEXT, _format("lower")),
    Rule("format_string", "Upper case", _TEXT, _format("upper")),
    Rule("format_string", "Title case", (), _title),
    Rule("format_string", "Capitalize", _TEXT, _format("capitalize")),
    Rule("format_string", "Swap case", _TEXT, _format("swap_case")),
    Rule("format_string", "Left pad", _TEXT, _format("left_pad", pad=True)),
    Rule("format_string", "Right pad", _TEXT, _format("right_pad", pad=True)),
    Rule("format_string", "Center (pad on either side)", _TEXT, _format("center_pad", pad=True), _CUT),
    Rule("format_string", "Strip characters from left", _TEXT, _format("strip_left", strip=True)),
    Rule("format_string", "Strip characters from right", _TEXT, _format("strip_right", strip=True)),
    Rule("format_string", "Strip left and right", _TEXT, _format("strip", strip=True)),
    Rule("format_string", "Prepend zeros", _TEXT, _format("prepend_zeros", pad=True), ("zeros stand behind a sign",)),
    Rule("format_string", "Add prefix", _TEXT, _affix("prefix")),
    Rule("format_string", "Add suffix", _TEXT, _affix("suffix")),
    Rule("format_string", "Remove symbols", _TEXT, _remove_symbols),
    Rule("search_and_edit", "Find substring", _EDIT, _find("find")),
    Rule("search_and_edit", "Find substring (from right)", _EDIT, _find("find_from_right")),
    Rule("search_and_edit", "Matches", _EDIT, _matches),
    Rule("search_and_edit", "Find all occurrences", _EDIT, _find_all),
    Rule("search_and_edit", "Extract using regex", _EDIT, _extract),
    Rule("search_and_edit", "Extract between delimiters", _EDIT, _between),
    Rule("search_and_edit", "Extract from position", _EDIT, _position),
    Rule("search_and_edit", "Find and replace substring", _EDIT, _replace),
    Rule("search_and_edit", "Replace between delimiters", _EDIT, _replace_between),
    Rule("search_and_edit", "Replace from position", _EDIT, _replace_position),
    Rule("search_and_edit", "Convert regex to missing", _EDIT, _regex_to_missing),
    Rule("search_and_edit", "Convert non-matches to missing", _EDIT, _others_to_missing),
    Rule("search_and_edit", "Split string by delimiter", _EDIT, _split),
    *(Rule("validate_string", label, _CHECK, _validate(*how), seen=False) for label, how in _VALIDATIONS.items()),
)
