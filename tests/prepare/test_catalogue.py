"""Every step can be offered by a program that knows none of them: its catalogue says all that a form needs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import pytest

from clew.core.errors import ConfigError
from clew.core.schema import Kind
from clew.prepare import registry
from clew.prepare.catalogue import GROUPS, OTHER, StepInfo, catalogue, step_info
from clew.prepare.options import step_from_dict, step_to_dict
from clew.prepare.options_of import OptionInfo
from clew.prepare.recipe import Recipe
from clew.prepare.registry import STEPS
from clew.prepare.step import ColumnStep

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "steps"
PAGES = "\n".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md")))
#: The steps that the reference shows, in their text form as it is written there.
SHOWN = [
    step for text in re.findall(r"```yaml\n(.*?)```", PAGES, re.DOTALL) for step in Recipe.from_yaml(text).to_dict()
]
OURS = [info for info in catalogue() if info.package == "clew"]
#: Steps whose options have to go together, so that no single one is required and yet none is too little.
TOGETHER = {"sample", "date_difference", "search_and_edit", "format_string", "validate_string"}
#: What a person would enter where an option is required, by type and, where the text has a form of its own, by name.
NEUTRAL: Mapping[str, Any] = {
    "text": "x", "number": 1.0, "integer": 1, "boolean": True, "list": ["x"], "mapping": {"x": "y"}, "any": "3",
    "start": "2024-01-01", "query": "SELECT * FROM df", "function": "shop.features:basket", "period": ["7d"],
    "transformer": "sklearn.preprocessing.StandardScaler", "aggregations": {"x": ["sum"]}, "half_life": 3.0, "window": 3,
    "table": "towns.csv", "to": "km",
}  # fmt: skip


def option(op: str, name: str) -> OptionInfo:
    return {item.name: item for item in step_info(op).options}[name]


def started(info: StepInfo) -> dict[str, Any]:
    """Return a step with what is required and nothing else."""
    columns = {"columns": "x"} if info.takes_columns and info.columns is None else {}
    required = {item.name: item.choices[0] if item.type == "choice" else NEUTRAL.get(item.name, NEUTRAL[item.type])
                for item in info.options if item.required}  # fmt: skip
    return {"op": info.op, **columns, **required}


def fits(value: Any, info: OptionInfo) -> bool:
    """Whether a form that is built from the description could hold the value."""
    if (value is None and info.nullable) or value in info.words:
        return True
    if info.type == "list":
        one = OptionInfo("", cast("Any", info.items), "", info.choices)
        items = value if isinstance(value, list) else [value] if info.single else None
        return items is not None and all(fits(item, one) for item in items) and info.length in {None, len(items)}
    whole = isinstance(value, int) and not isinstance(value, bool)
    known: Mapping[str, bool] = {
        "choice": value in info.choices,
        "text": isinstance(value, str),
        "number": whole or isinstance(value, float),
        "integer": whole,
        "boolean": isinstance(value, bool),
        "mapping": isinstance(value, dict),
        "any": True,
    }
    return known[info.type]


def test_every_step_is_there_once_in_a_group() -> None:
    assert sorted(info.op for info in catalogue()) == sorted(STEPS)
    assert {info.group for info in OURS} == set(GROUPS)
    families = [family for group in GROUPS.values() for family in group]
    assert sorted(families) == sorted({info.family for info in OURS})


@pytest.mark.parametrize("info", OURS, ids=lambda info: info.op)
def test_everything_is_described(info: StepInfo) -> None:
    assert info.summary.endswith(".")
    assert "``" not in json.dumps(info.to_dict())
    for item in info.options:
        assert len(item.help) > 10, item.name
        assert item.type != "choice" or len(item.choices) > 1
        assert item.required or fits(item.default, item), item
    stated = {f.name for f in fields(cast("Any", STEPS[info.op]))} - {"columns", "disabled"}
    assert {item.name for item in info.options} == stated


@pytest.mark.parametrize("info", [info for info in OURS if info.op not in TOGETHER], ids=lambda info: info.op)
def test_what_is_required_and_the_defaults_make_a_step(info: StepInfo) -> None:
    least = step_from_dict(started(info))
    defaults = {item.name: item.default for item in info.options if not item.required}
    assert step_to_dict(step_from_dict({**started(info), **defaults})) == step_to_dict(least)
    for item in info.options:
        if item.required:
            with pytest.raises(ConfigError, match=f"needs the option '{item.name}'"):
                step_from_dict({key: value for key, value in started(info).items() if key != item.name})


@pytest.mark.parametrize("info", [info for info in OURS if info.op in TOGETHER], ids=lambda info: info.op)
def test_where_options_go_together_an_error_says_which(info: StepInfo) -> None:
    with pytest.raises(ConfigError, match=info.op):
        step_from_dict(started(info))


@pytest.mark.parametrize("step", SHOWN, ids=lambda step: step["op"])
def test_a_form_could_hold_what_the_reference_shows(step: dict[str, Any]) -> None:
    info = step_info(step["op"])
    described = {item.name: item for item in info.options}
    for name, value in step.items():
        if name not in {"op", "columns", "except"}:
            assert fits(value, described[name]), name
    assert info.takes_columns or "columns" not in step


def test_types_of_options() -> None:
    strategy = option("fill_missing", "strategy")
    assert (strategy.type, strategy.choices) == ("choice", ("mean", "median", "most_frequent", "constant"))
    assert strategy.help.startswith("Where the value comes from")
    expression = option("derive", "expression")
    assert (expression.type, expression.required, expression.default) == ("text", True, None)
    parts = option("date_parts", "parts")
    assert (parts.type, parts.items, parts.words, parts.default) == ("list", "choice", ("auto", "all"), "auto")
    assert {"year", "hour"} <= set(parts.choices)
    outer = option("scale", "quantile_range")
    assert (outer.type, outer.items, outer.length, outer.default) == ("list", "number", 2, [0.25, 0.75])
    time = option("lag", "time")
    assert (time.type, time.items, time.single, time.nullable) == ("list", "text", True, True)
    sums = option("group_by", "aggregations")
    assert sums.type == "mapping"
    assert {"sum", "list", "minimal"} <= set(sums.choices)
    assert option("format_string", "prefix").help == option("format_string", "suffix").help != ""


def test_options_that_belong_to_operations() -> None:
    width = option("format_string", "width")
    assert width.operations == width.needed_by == ("left_pad", "right_pad", "center_pad", "prepend_zeros")
    assert option("format_string", "characters").operations == ("strip", "strip_left", "strip_right", "remove_symbols")
    assert option("format_string", "output").operations == option("scale", "method").operations == ()
    for op in ("format_string", "search_and_edit", "validate_string"):
        described = {item.name: item for item in step_info(op).options}
        for operation in described["operation"].choices:
            needed = {
                n: "x" if item.type == "text" else 1 for n, item in described.items() if operation in item.needed_by
            }
            step = {"op": op, "columns": "x", "operation": operation, **needed}
            if operation not in {"split", "add_affixes"}:  # which want one of several options
                assert step_from_dict(step).op == op
            for name in needed:
                with pytest.raises(ConfigError, match=f"needs `{name}`"):
                    step_from_dict({key: value for key, value in step.items() if key != name})


def test_columns_and_manner_of_steps() -> None:
    assert step_info("log").accepts == ("numeric", "ordinal")
    assert (step_info("filter").kind, step_info("filter").takes_columns, step_info("filter").accepts) == (
        "rows",
        False,
        (),
    )
    assert (step_info("sort").columns, step_info("log").columns) == ("all", None)
    assert step_info("lookup").columns_help.startswith("The columns that make the key")
    assert step_info("target_mean").learns_from_target
    assert not step_info("lag").online


@dataclass(frozen=True)
class Spell(ColumnStep):
    """Spell numbers.

    In ``words``.

    Parameters
    ----------
    language : {"de", "en"}, default "en"
        Of the words,
        all of them.
    """

    language: Literal["de", "en"] = "en"
    extra: Mapping[str, str] = field(default_factory=dict)

    op: ClassVar[str] = "spell"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC})


def test_a_step_of_another_package_is_described_like_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_STEPS", {**STEPS})
    monkeypatch.setitem(cast("Any", registry)._STEPS, "spell", Spell)
    info = step_info("spell")
    assert (info.group, info.package, info.accepts) == (OTHER, "tests", ("numeric",))
    assert (info.summary, info.description) == ("Spell numbers.", ("In `words`.",))
    language, extra = info.options
    assert language == OptionInfo("language", "choice", "Of the words, all of them.", ("de", "en"), default="en")
    assert (extra.type, extra.help, extra.default) == ("mapping", "", {})
