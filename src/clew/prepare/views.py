"""Recipes for a notebook: the steps, why they are there, what they learnt, and the rows they make."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from clew.core.excerpt import COLUMNS, ROWS, cut, lines, many, names, rows
from clew.core.html import Html, badge, element, fragment, join, prose
from clew.prepare.options import step_to_dict

if TYPE_CHECKING:
    from clew.prepare.fitted import FittedRecipe
    from clew.prepare.recipe import Prepared, Recipe
    from clew.prepare.step import Step
    from clew.prepare.suggest import Suggestion

#: Entries of what a step learnt, and of a mapping among its options, that are shown.
_ENTRIES = 4


def recipe_view(recipe: "Recipe") -> str:
    """Return the steps with their options."""
    fitted = " Fitted: see .fitted_." if hasattr(recipe, "fitted_") else ""
    return fragment(
        element("h3", "Recipe"),
        element("p", f"{many(len(recipe.steps), 'step')}, in the order in which they act.{fitted}", class_="lead"),
        steps_table(recipe.steps) if recipe.steps else element("p", "It leaves rows as they are.", class_="empty"),
        title="Recipe",
    )


def suggestion_view(suggested: "Suggestion") -> str:
    """Return the steps with the reason for each."""
    reasons = [prose(reason) for reason in suggested.reasons]
    what = {"linear": ", for a linear model", "trees": ", for trees"}.get(suggested.for_model, "")
    return fragment(
        element("h3", "Suggested recipe"),
        element("p", f"{many(len(reasons), 'step')}, from {many(suggested.rows, 'row')}{what}.", class_="lead"),
        steps_table(suggested.recipe.steps, reasons) if reasons else element("p", "No step is needed.", class_="empty"),
        title="Suggested recipe",
    )


def steps_table(steps: Sequence["Step"], reasons: Sequence[Html] = ()) -> Html:
    """Return steps, one a line, with their options or with why they are there."""
    listed = (
        (
            _step(number, said["op"], off=said.get("disabled", False)),
            _columns(said),
            reasons[number - 1] if reasons else _options(said),
        )
        for number, said in enumerate(map(step_to_dict, steps), start=1)
    )
    return lines(("Step", "Columns", "Why" if reasons else "Options"), listed, len(steps), "step", where=".steps")


def _step(number: int, op: str, *, off: bool = False) -> Html:
    named = element("span", f"{number}. {op}", class_="word")
    return join((named, " ", badge("switched off"))) if off else named


def _columns(said: Mapping[str, Any]) -> Html:
    columns = said.get("columns", [])
    return names(columns if isinstance(columns, list) else [columns])


def _options(said: Mapping[str, Any]) -> Html:
    options = {name: value for name, value in said.items() if name not in {"op", "columns", "disabled"}}
    return join((join((element("small", f"{name} "), _value(value))) for name, value in options.items()), "; ")


def _value(value: object) -> object:
    if isinstance(value, list | tuple):
        return names(value, _ENTRIES)
    if isinstance(value, Mapping):
        return names([f"{key}: {item}" for key, item in value.items()], _ENTRIES)
    return element("code", cut(value))


def fitted_view(fitted: "FittedRecipe") -> str:
    """Return the fitted steps: what each works on, makes and drops, and the beginning of what it learnt."""
    online = "works on single rows too" if fitted.online else f"needs whole tables because of {fitted.offline_step}"
    told = f"{many(len(fitted.schema), 'column')} in, {len(fitted.output_schema):,} out; {online}."
    return fragment(
        element("h3", "Fitted recipe"),
        element("p", told, class_="lead"),
        fitted_table(fitted),
        title="Fitted recipe",
    )


def fitted_table(fitted: "FittedRecipe") -> Html:
    """Return the steps of a fitted recipe, one a line."""
    headers = ("Step", "Columns", "Makes", "Drops", "Learnt")
    return lines(headers, _fitted_lines(fitted), len(fitted.steps), "step", where=".learned()")


def _fitted_lines(fitted: "FittedRecipe") -> Iterator[tuple[object, ...]]:
    for item in fitted.learned()["steps"]:
        learnt = (f"{key}: {value}" for key, value in item["learned"].items())
        shown = list(islice(learnt, _ENTRIES))
        left = len(item["learned"]) - len(shown)
        more = element("small", f" and {left:,} more") if left else Html()
        yield (
            _step(item["number"], item["op"]),
            names(item["columns"]),
            names(item["makes"]),
            names(item["drops"]),
            join((join((element("code", cut(text)) for text in shown), " "), more)),
        )


def prepared_view(done: "Prepared") -> str:
    """Return the first prepared rows; rows that are not held in memory are not asked for."""
    kept = done.recipe.output_schema
    frame = nw.from_native(done.frame)
    target = "; their target stands in .target" if done.target is not None else ""
    shown: Html | None = None
    if isinstance(frame, nw.DataFrame):
        told = f"{many(len(frame), 'row')}, {many(len(frame.columns), 'column')}{target}."
        picked = frame.columns[:COLUMNS]
        notes = [(name, kept[name].kind.value if name in kept else "") for name in picked]
        shown = rows(notes, _first(frame.select(picked)), len(frame), wide=len(frame.columns))
    else:
        told = f"{many(len(kept), 'column')}, not computed yet{target}."
    return fragment(
        element("h3", "Prepared rows"),
        element("p", told, class_="lead"),
        shown,
        element("h3", "By the recipe"),
        fitted_table(done.recipe),
        title="Prepared rows",
    )


def _first(frame: nw.DataFrame[Any]) -> Iterable[Sequence[object]]:
    return frame.head(ROWS).iter_rows()
