"""The rules that must hold in every row: listed with the rows' answer, and written with it."""

from asyncio import to_thread
from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui

from clew.collect.dataset import Dataset
from clew.core.finding import Severity
from clew.explore.violations import check_rule
from clew.project.clewyaml import with_rule, without_rule
from clew.project.modelling import Stated
from clew.studio.modelling.evidence import show_checked
from clew.studio.modelling.facts import DEBOUNCE_MS
from clew.studio.modelling.saving import Saver
from clew.studio.widgets.buttons import danger, primary, quiet
from clew.studio.widgets.every import Every
from clew.studio.widgets.messages import empty


class Rules:
    """The section with the rules.

    Parameters
    ----------
    stated : Stated
        What clew.yaml states.
    data : Dataset or None
        The rows.
    saver : Saver
        Saves.
    """

    def __init__(self, stated: Stated, data: Dataset | None, saver: Saver) -> None:
        self.stated = stated
        self.data = data
        self.saver = saver
        self._asked = 0

    async def build(self) -> None:
        """Build the section in the present slot."""
        ui.html("<h2>Rules</h2>", sanitize=False)
        ui.label("What must hold in every row, whatever the single columns allow.").classes("lead")
        if not self.stated.rules:
            empty("No rules yet", "A rule compares columns of one row: discharge >= admission, or origin != dest.")
        for rule in self.stated.rules:
            with ui.element("div").classes("statement"):
                with ui.element("div").classes("statement-head"):
                    with ui.element("div").classes("statement-words"):
                        ui.label(str(rule["name"])).classes("statement-name")
                        if rule["name"] != rule["rule"]:
                            ui.label(str(rule["rule"])).classes("code")
                    quiet("Edit", partial(self._edit, rule)).props("dense")
                    danger("Remove", partial(self._remove, str(rule["name"]))).props("dense")
                if self.data is not None:
                    show_checked(await to_thread(check_rule, self.data, rule), "It holds in every row.")
        self.form = ui.element("div").classes("statement-form")
        with self.form:
            quiet("Add a rule", partial(self._edit, None))

    def _edit(self, rule: Mapping[str, Any] | None) -> None:
        self.typed: dict[str, Any] = {"severity": "warning", **(rule or {"rule": "", "name": ""})}
        self.form.clear()
        with self.form:
            ui.html("<h3>Rule</h3>", sanitize=False)
            props = f"outlined dense debounce={DEBOUNCE_MS}"
            ui.input("Condition", value=self.typed["rule"], on_change=lambda e: self._set("rule", e.value)).props(
                props
            ).classes("code-field")
            with ui.element("div").classes("facts-form"):
                ui.input(
                    "Name (optional)", value=self.typed["name"], on_change=lambda e: self._set("name", e.value)
                ).props(props)
                ui.select(
                    [item.value for item in Severity], value=self.typed["severity"], label="Severity",
                    on_change=lambda e: self._set("severity", e.value),
                ).props("outlined dense")  # fmt: skip
            self.answer = ui.element("div").classes("answer").props('aria-live="polite"')
            with ui.element("div").classes("row-end"):
                primary("Save the rule", partial(self._save, rule))
                quiet("Cancel", self._close)
        Every(0.01, self._ask, once=True)

    def _close(self) -> None:
        self.form.clear()
        with self.form:
            quiet("Add a rule", partial(self._edit, None))

    def _set(self, key: str, value: Any) -> Any:
        self.typed[key] = value or ""
        return self._ask()

    def _rule(self) -> dict[str, Any]:
        return {key: str(value).strip() for key, value in self.typed.items() if str(value).strip()}

    async def _ask(self) -> None:
        self._asked += 1
        number, rule = self._asked, self._rule()
        if self.data is None or "rule" not in rule:
            return
        checked = await to_thread(check_rule, self.data, rule)
        if number == self._asked and not self.answer.is_deleted:
            self.answer.clear()
            with self.answer:
                show_checked(checked, "It holds in every row.")

    async def _save(self, before: Mapping[str, Any] | None) -> None:
        rule = self._rule()
        if "rule" not in rule:
            ui.notify("Write a condition first, e.g. age >= 0.", type="warning")
            return
        name = rule.get("name", rule["rule"])
        old = None if before is None else str(before["name"])
        title = f"Rule “{name}”" if old is None else f"Change the rule “{old}”"
        await self.saver.save(title, partial(with_rule, rule=rule, replaces=old))

    async def _remove(self, name: str) -> None:
        await self.saver.save(f"Remove the rule “{name}”", partial(without_rule, name=name))
