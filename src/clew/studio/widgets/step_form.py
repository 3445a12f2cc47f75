"""A form for any step: its columns and its options, with what each means."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from clew.core.errors import ClewError, ConfigError
from clew.core.html import prose
from clew.core.schema import Schema
from clew.prepare.catalogue import StepInfo, step_info
from clew.prepare.options_of import OptionInfo
from clew.prepare.selectors import literal
from clew.prepare.text import parse
from clew.studio.widgets.html import html_of

#: Ways to name several columns at once that a recipe knows.
_SELECTORS = ("all", "kind:numeric", "kind:categorical", "kind:ordinal", "kind:boolean", "kind:datetime", "kind:text")
_UNSTATED = "(not stated)"


class StepForm:
    """The form of one step.

    Parameters
    ----------
    step : mapping
        The step in its text form; ``op`` is enough.
    schema : Schema
        Columns that reach it.
    on_change : callable
        Called after every change.
    """

    def __init__(self, step: Mapping[str, Any], schema: Schema, on_change: Callable[[], object]) -> None:
        self.info: StepInfo = step_info(str(step["op"]))
        self.stated: dict[str, Any] = {key: value for key, value in step.items() if key != "op"}
        self._schema = schema
        self._told = on_change
        self._wrong: dict[str, str] = {}
        self._places: dict[str, ui.element] = {}

    def build(self) -> None:
        """Build it in the current slot."""
        html_of(prose(self.info.summary)).classes("form-summary")
        if self.info.takes_columns:
            self._columns()
        for option in self.info.options:
            with ui.element("div").classes("option") as place:
                self._option(option)
                if option.help:
                    html_of(prose(option.help)).classes("option-help")
            self._places[option.name] = place
        self._show_what_counts()

    def step(self) -> dict[str, Any]:
        """Return the step as the form says it.

        Raises
        ------
        ConfigError
            If something cannot be read.
        """
        meaningless = {option.name for option in self.info.options if not self._counts(option)}
        for name, problem in self._wrong.items():
            if name not in meaningless:
                raise ConfigError(f"{name}: {problem}")
        order = ["columns", "except", *(option.name for option in self.info.options)]
        known = [key for key in order if key in self.stated and key not in meaningless]
        rest = [key for key in self.stated if key not in order]
        return {"op": self.info.op, **{key: self.stated[key] for key in (*known, *rest)}}

    def _counts(self, option: OptionInfo) -> bool:
        """Whether an option means something to the operation that is chosen."""
        return not option.operations or self.stated.get("operation") in option.operations

    def _show_what_counts(self) -> None:
        for option in self.info.options:
            self._places[option.name].set_visibility(self._counts(option))

    def missing(self) -> list[str]:
        """Return the names of what has to be stated and is not yet."""
        names = ["columns"] if self.info.takes_columns and self.info.columns is None else []
        names += [option.name for option in self.info.options if option.required]
        return [name for name in names if name not in self.stated and name not in self._wrong]

    def _columns(self) -> None:
        stated = self.stated.get("columns", self.info.columns)
        chosen = [stated] if isinstance(stated, str) else list(stated or [])
        accepted = set(self.info.accepts)
        options = {name: name for name in _SELECTORS if not accepted or name == "all" or name[5:] in accepted}
        suited = (column for column in self._schema if not accepted or column.kind.value in accepted)
        options |= {literal(column.name): column.name for column in suited}
        options |= {name: name for name in chosen if name not in options}

        def changed(event: Any) -> None:
            values = list(event.value or [])
            if values:
                self.stated["columns"] = values[0] if len(values) == 1 and values[0] in _SELECTORS else values
            else:
                self.stated.pop("columns", None)
            self._told()

        field = ui.select(options, value=chosen, multiple=True, label="Columns", with_input=True, on_change=changed)
        field.props("outlined dense use-chips options-dense")

    def _option(self, option: OptionInfo) -> None:
        value = self.stated.get(option.name, option.default)
        label = option.name + (" *" if option.required else "")
        if option.type == "choice":
            self._choice(option, label, value)
        elif option.type == "boolean" and not option.nullable and not option.words:
            ui.switch(option.name, value=bool(value), on_change=lambda event: self._state(option, event.value))
        elif option.type in {"integer", "number"} and not option.words:
            ui.number(label, value=value, on_change=lambda event: self._number(option, event.value)).props(
                "outlined dense debounce=350"
            )
        else:
            field = ui.input(
                label, value=_spelt(value), on_change=lambda event: self._written(option, event.value or "")
            )
            field.props("outlined dense debounce=350")

    def _choice(self, option: OptionInfo, label: str, value: Any) -> None:
        options = {choice: choice for choice in option.choices}
        if option.nullable:
            options = {_UNSTATED: _UNSTATED, **options}
            value = _UNSTATED if value is None else value

        def changed(event: Any) -> None:
            self._state(option, None if event.value == _UNSTATED else event.value)

        ui.select(options, value=value, label=label, on_change=changed).props("outlined dense options-dense")

    def _number(self, option: OptionInfo, value: float | None) -> None:
        whole = option.type == "integer" and value is not None and float(value).is_integer()
        self._state(option, int(value) if whole and value is not None else value)

    def _written(self, option: OptionInfo, text: str) -> None:
        self._wrong.pop(option.name, None)
        try:
            value: Any = _read(option, text)
        except ClewError as error:
            self._wrong[option.name] = error.message
            self._told()
            return
        self._state(option, value)

    def _state(self, option: OptionInfo, value: Any) -> None:
        if value is None or (value == option.default and not option.required):
            self.stated.pop(option.name, None)
        else:
            self.stated[option.name] = value
        if option.name == "operation":
            self._show_what_counts()
        self._told()


def _spelt(value: Any) -> str:
    """Spell a value as it is written in a recipe; a text as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _read(option: OptionInfo, text: str) -> Any:
    plain = text.strip()
    if not plain:
        return None
    if option.type == "text" or plain in option.words:
        return text
    if option.type == "list" and not plain.startswith("["):
        items = [item.strip() for item in plain.split(",") if item.strip()]
        return items if option.items in {"", "text"} else [parse(item) for item in items]
    found = parse(plain)
    return plain if found == [] and plain != "[]" else found
