"""The question of a project: in words, how models are judged, and what is good enough."""

from functools import partial
from typing import Any

from nicegui import ui

from clew.core.errors import InputError
from clew.core.expr import parse
from clew.define.metrics import METRICS, metrics_for
from clew.project.clewyaml import with_problem
from clew.project.config import ProblemSection
from clew.project.modelling import difference_of
from clew.studio.modelling.facts import DEBOUNCE_MS
from clew.studio.modelling.saving import Saver
from clew.studio.widgets.buttons import primary
from clew.studio.widgets.messages import trouble


class Question:
    """The section with the question.

    Parameters
    ----------
    problem : ProblemSection
        What clew.yaml states.
    saver : Saver
        Saves.
    """

    def __init__(self, problem: ProblemSection, saver: Saver) -> None:
        self.problem = problem
        self.saver = saver
        self.stated = {key: getattr(problem, key) for key in ("question", "metric", "success", "asked_at")}
        if "asked_at" not in problem.model_fields_set:
            self.stated["asked_at"] = None
        self.typed = dict(self.stated)

    def build(self) -> None:
        """Build the section in the present slot."""
        ui.html("<h2>The question</h2>", sanitize=False)
        task = f", a {self.problem.task.value} task" if self.problem.task else ""
        ui.label(f"The answer is the column {self.problem.target}{task}.").classes("lead")
        props = f"outlined dense debounce={DEBOUNCE_MS}"
        ui.input("In words: what is to be decided, when, and for whom?", value=self.stated["question"] or "",
                 on_change=partial(self._set, "question")).props(props).classes("question-words")  # fmt: skip
        with ui.element("div").classes("facts-form"):
            known = metrics_for(self.problem.task) if self.problem.task else METRICS.values()
            options = {"": "chosen by the task", **{metric.name: metric.label for metric in known}}
            value = self.stated["metric"] or ""
            options.setdefault(value, value)
            ui.select(options, value=value, label="Models are judged by", on_change=partial(self._set, "metric")).props(
                "outlined dense options-dense"
            )
            ui.input("Good enough when", placeholder="roc_auc_low >= 0.8", value=self.stated["success"] or "",
                     on_change=partial(self._set, "success")).props(props)  # fmt: skip
            ui.input("Asked at", placeholder="-3h: before the row's time", value=self.stated["asked_at"] or "",
                     on_change=partial(self._set, "asked_at")).props(props)  # fmt: skip
        self.answer = ui.element("div").props('aria-live="polite"')
        with ui.element("div").classes("row-end"):
            primary("Save the question", self._save)

    def _set(self, key: str, event: Any) -> None:
        self.typed[key] = (event.value or "").strip() or None
        self.answer.clear()
        if self.typed["success"]:
            try:
                parse(self.typed["success"])
            except InputError as error:
                with self.answer:
                    trouble(error.message, error.hint)

    async def _save(self) -> None:
        changes = difference_of({key: value for key, value in self.stated.items() if value is not None}, self.typed)
        if not changes:
            ui.notify("Nothing changed.", type="info")
            return
        await self.saver.save(f"The question: {', '.join(changes)}", partial(_with_problem, changes=changes))


def _with_problem(text: str, changes: dict[str, Any]) -> str:
    return with_problem(text, **changes)
