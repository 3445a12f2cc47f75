"""The text form of a recipe: YAML that people read and edit."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from textwrap import wrap
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from clew.core.errors import ConfigError

#: Long enough that no line is folded.
_WIDTH = 10_000
#: Remarks are folded, so that a changed word changes a line and no more.
_COMMENT_WIDTH = 98
#: Texts that need no quotes inside brackets: words of letters, digits and a few harmless signs.
_PLAIN = re.compile(r"[^\W\d][\w./=-]*(?:(?: |:)[\w./=-]+)*")
_TRUTH_VALUES = {"y", "n", "yes", "no", "on", "off"}


def parse(source: str) -> Any:
    """Read YAML into plain values; an empty text is an empty list.

    Raises
    ------
    ConfigError
        If the text is no YAML.
    """
    try:
        found = YAML(typ="safe", pure=True).load(source)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"The recipe is no YAML{where}: {said}.", hint="Write a list: `- op: scale` …") from error
    return [] if found is None else found


def write(steps: Sequence[Mapping[str, Any]], comments: Sequence[str] = ()) -> str:
    """Write steps as YAML: one key a line, lists in brackets, options in their order.

    Parameters
    ----------
    steps : sequence of mapping
        One per step, plain values.
    comments : sequence of str, default ()
        A remark above each step.
    """
    items = CommentedSeq([CommentedMap((key, _inline(value)) for key, value in step.items()) for step in steps])
    for position, comment in enumerate(comments):
        lines = wrap(" ".join(comment.split()), _COMMENT_WIDTH, break_long_words=False, break_on_hyphens=False)
        items.yaml_set_comment_before_after_key(position, before="\n".join(lines))
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    out = StringIO()
    yaml.dump(items, out)
    return out.getvalue()


def _inline(value: Any, *, inside: bool = False) -> Any:
    if isinstance(value, str):
        # Quoted where a line break in disguise would be folded, or an older reader of YAML would see a truth value;
        # inside brackets also where signs might be read as YAML's own, e.g. `[?#]`.
        quoted = not value.isprintable() or value.lower() in _TRUTH_VALUES or (inside and not _PLAIN.fullmatch(value))
        return DoubleQuotedScalarString(value) if quoted else value
    if isinstance(value, list):
        items = CommentedSeq([_inline(item, inside=True) for item in value])
        items.fa.set_flow_style()
        return items
    if isinstance(value, Mapping):
        mapping = CommentedMap((_inline(key, inside=True), _inline(item, inside=True)) for key, item in value.items())
        mapping.fa.set_flow_style()
        return mapping
    return value
