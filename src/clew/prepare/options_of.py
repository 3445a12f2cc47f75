"""What options a step has, read from its fields and its docstring: enough to build a form for any step."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from clew.core.jsonable import plain
from clew.prepare.step import Step

OptionType: TypeAlias = Literal["choice", "text", "number", "integer", "boolean", "list", "mapping", "any"]

_PLAIN: Mapping[frozenset[type], OptionType] = {
    frozenset({bool}): "boolean",
    frozenset({int}): "integer",
    frozenset({float}): "number",
    frozenset({int, float}): "number",
    frozenset({str}): "text",
}
#: Fields that are no options of a step's own.
_NO_OPTIONS = frozenset({"columns", "disabled"})


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """An option of a step.

    Parameters
    ----------
    name : str
        Its name in the text form.
    type : {"choice", "text", "number", "integer", "boolean", "list", "mapping", "any"}
        What it takes; ``any``: one of several types, which `help` tells.
    help : str
        What it means, as the step's docstring says; code stands between backticks.
    choices : tuple of str
        What a ``choice`` can be, or each item of a ``list``, or what a ``mapping`` maps to; empty where anything goes.
    words : tuple of str
        Texts that may stand for the whole value of another type, such as ``auto``.
    items : str
        Type of the items of a ``list``; empty for other types.
    single : bool
        Whether one item of a ``list`` may stand alone.
    length : int or None
        Number of items of a ``list``, where it is fixed.
    required : bool
        Whether it has to be stated.
    nullable : bool
        Whether it can be None, which is then also its meaning where it is not stated.
    operations : tuple of str
        Values of the option `operation` to which it means something, and which refuse it elsewhere; empty: to all.
    needed_by : tuple of str
        Those of them that need it stated.
    default : object
        What it is where it is not stated, JSON-ready; None where it is required.
    """

    name: str
    type: OptionType
    help: str
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    items: str = ""
    single: bool = False
    length: int | None = None
    required: bool = False
    nullable: bool = False
    operations: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    default: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


def options_of(step: type[Step]) -> tuple[OptionInfo, ...]:
    """Return the options of a step in their order, without `columns` and `disabled`, which stand beside them."""
    hints, described = get_type_hints(step), parameters_of(step)
    found = []
    for field in fields(cast("Any", step)):
        if field.name not in _NO_OPTIONS:
            default = default_of(field)
            found.append(
                OptionInfo(
                    name=field.name,
                    help=described.get(field.name, ""),
                    required=default is MISSING,
                    default=None if default is MISSING else plain(default),
                    operations=_operations(step, field.name, optional=True),
                    needed_by=_operations(step, field.name, optional=False),
                    **_shape(hints[field.name]),
                )
            )
    return tuple(found)


def default_of(field: Field[Any]) -> Any:
    """Return what a field is where it is not stated, or `dataclasses.MISSING`."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def parameters_of(step: type[Step]) -> dict[str, str]:
    """Return what the docstrings of a step and its bases say about each parameter."""
    found: dict[str, str] = {}
    for cls in step.__mro__:
        for name, text in _parameters(cleandoc(cls.__doc__ or "")):
            found.setdefault(name, text)
    return found


def _parameters(doc: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a numpydoc section `Parameters`."""
    _, _, section = doc.partition("Parameters\n----------\n")
    section = re.split(r"\n\n\S[^\n]*\n-{3,}\n", section, maxsplit=1)[0]
    for entry in re.split(r"\n(?=\S)", section):
        head, _, body = entry.partition("\n")
        names, colon, _ = head.partition(" : ")
        if colon:
            text = one_line(body)
            yield from ((name.strip(), text) for name in names.split(","))


def one_line(text: str) -> str:
    """Return prose of a docstring as one line, with code between single backticks."""
    return " ".join(text.split()).replace("``", "`")


def _shape(hint: Any) -> dict[str, Any]:
    """Return what an annotation says, as fields of `OptionInfo`."""
    members = tuple(_members(hint))
    literals = tuple(str(value) for member in members if get_origin(member) is Literal for value in get_args(member))
    others = [member for member in members if member is not NoneType and get_origin(member) is not Literal]
    shape: dict[str, Any] = {"nullable": NoneType in members}
    if not others:
        return shape | {"type": "choice", "choices": literals}
    shape["words"] = literals
    if simple := _PLAIN.get(frozenset(others)):
        return shape | {"type": simple}
    sequences = [member for member in others if get_origin(member) in {tuple, list}]
    single = [member for member in others if member not in sequences]
    if len(sequences) == 1 and (items := _items(sequences[0], single)):
        return shape | {"type": "list"} | items
    if len(others) == 1 and _is_mapping(others[0]):
        return shape | {"type": "mapping", "choices": tuple(_words_inside(get_args(others[0])[1]))}
    return shape | {"type": "any"}


def _operations(step: type[Step], option: str, *, optional: bool) -> tuple[str, ...]:
    """Return the operations of a step that need an option, or may have it."""
    held = {name: uses.needed + (uses.optional if optional else ()) for name, uses in step.uses.items()}
    return tuple(name for name, options in held.items() if option in options)


def _items(sequence: Any, single: Iterable[Any]) -> dict[str, Any] | None:
    """Return what a list holds; None where one of its values may stand alone and is of another type."""
    held = get_args(sequence)
    variadic = held[-1] is Ellipsis or get_origin(sequence) is list
    element = held[0]
    if not set(single) <= {element} or (not variadic and len(set(held)) > 1):
        return None
    shape = _shape(element)
    if shape["type"] in {"list", "mapping"}:
        return None
    return {
        "items": shape["type"],
        "choices": shape.get("choices", ()),
        "single": bool(single),
        "length": None if variadic else len(held),
    }


def _words_inside(hint: Any) -> Iterator[str]:
    for member in _members(hint):
        if get_origin(member) is Literal:
            yield from map(str, get_args(member))
        elif get_origin(member) is tuple:
            yield from _words_inside(get_args(member)[0])


def _is_mapping(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _members(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in {Union, UnionType}:
        for member in get_args(hint):
            yield from _members(member)
    else:
        yield hint
