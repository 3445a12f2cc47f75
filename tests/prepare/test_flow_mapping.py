"""Every operator of a flow that maps becomes steps that run on rows; the page of the mapping is made here.

``CLEW_WRITE_DOCS=1 pytest tests/prepare/test_flow_mapping.py`` writes the table in docs/reference/flow-import.md anew.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.prepare.flows import line_of

from clew.prepare.flow.imported import Imported, import_flow
from clew.prepare.flow.outcome import Status
from clew.prepare.flow.rule import Rule
from clew.prepare.flow.table import RULES
from clew.prepare.recipe import Recipe
from clew.prepare.registry import STEPS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "flow-import.md"
SCHEMA = {
    "age": "long",
    "fare": "float",
    "town": "string",
    "note": "string",
    "code": "string",
    "at": "datetime",
    "shop": "string",
    "won": "bool",
    "y": "long",
}


def rows() -> pl.DataFrame:
    moments = [datetime(2024, 1, day, hour) for day in (1, 2, 3) for hour in (0, 6, 12, 18)]
    return pl.DataFrame(
        {
            "age": [22, 38, None, 35, 54, 2, 27, 14, 40, 61, 33, 950],
            "fare": [7.25, 71.5, 7.75, 53.0, 51.5, None, 8.5, 30.0, 11.0, 26.5, 8.0, 9.0],
            "town": ["Ulm", "Bonn", "Ulm", None, "Bonn", "Ulm", "Kiel", "Ulm", "Bonn", "Ulm", "Bonn", "Ulm"],
            "note": [
                "a red hat",
                "a blue hat",
                "red",
                None,
                "a cup",
                "two red hats",
                "x",
                "hat",
                "cup",
                "red",
                "a",
                "b",
            ],
            "code": ["a-1", "b-22", "c-3", "?", "e-5", "f-6", "g-77", "h-8", "i-9", "j-1", "k-2", "l-3"],
            "at": moments,
            "shop": ["n", "s"] * 6,
            "won": [True, False, None, True] * 3,
            "y": [0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0],
        }
    )


@dataclass(frozen=True)
class Case:
    """An operator with its options, and the steps that come of it."""

    operator: str
    label: str
    options: Mapping[str, Any]
    ops: tuple[str, ...]
    part: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        if not self.label:
            return dict(self.options)
        name = self.part or re.sub(r"\W+", "_", self.label.casefold()).strip("_") + "_parameters"
        return {"operator": self.label, name: dict(self.options)}


def case(operator: str, label: str, ops: str, part: str = "", **options: Any) -> Case:
    return Case(operator, label, options, tuple(ops.split()), part)


def series(label: str, ops: str, **options: Any) -> Case:
    return Case("time_series", label, options, tuple(ops.split()), f"{label}_parameters")


def outliers(label: str, **options: Any) -> Case:
    return case("handle_outliers", label, "clip_outliers", input_column=["fare"], fix_method="Clip", **options)


def text(operator: str, label: str, column: str = "note", ops: str = "", **options: Any) -> Case:
    return case(operator, label, ops or operator, input_column=column, **options)


def checked(label: str, **options: Any) -> Case:
    return case("validate_string", label, "validate_string", input_column="code", output_column="ok", **options)


FREQUENCY = {"quantity": 12, "offset_description": "Hourly"}
SHARES = {"splits": [{"name": "Train", "percentage": 0.8}, {"name": "Test", "percentage": 0.2}], "error": 0.0001}
MOMENT = {
    "input_column": "at",
    "output_mode": "Ordinal",
    "output_format": "Columns",
    "month": True,
    "week_of_year": True,
}
SCALER = {"scaler": "Min-max scaler", "min_max_scaler_parameters": {"input_column": ["age"], "min": 0, "max": 2}}

CASES = [
    case("cast_single_data_type", "", "cast", column="age", original_data_type="Long", data_type="float"),
    case("manage_columns", "Drop column", "drop", column_to_drop=["note", "code"]),
    case("manage_columns", "Rename column", "rename", input_column="town", new_name="city"),
    case("manage_columns", "Duplicate column", "duplicate rename", input_column="town", new_name="city"),
    case(
        "manage_columns",
        "Move column",
        "move",
        move_type="Move to start",
        move_to_start_parameters={"column_to_move": "y"},
    ),
    case(
        "manage_columns",
        "Concatenate columns",
        "derive",
        "concat_columns_parameters",
        left_column="town",
        right_column="shop",
    ),
    case(
        "handle_missing",
        "Impute",
        "fill_missing",
        column_type="Numeric",
        numeric_parameters={"input_column": ["age"], "strategy": "Mean"},
    ),
    case("handle_missing", "Fill missing", "fill_missing", input_column=["age", "fare"], fill_value="0"),
    case("handle_missing", "Add indicator for missing", "missing_indicator rename", input_column="age"),
    case(
        "handle_missing",
        "Drop missing",
        "drop_missing",
        dimension="Drop Rows",
        drop_rows_parameters={"input_column": "age"},
    ),
    outliers("Standard deviation numeric outliers", standard_deviations=4),
    outliers(
        "Robust standard deviation numeric outliers", standard_deviations=4, lower_quantile=0.1, upper_quantile=0.9
    ),
    outliers("Quantile numeric outliers", lower_quantile=0.1, upper_quantile=0.9),
    outliers("Min-max numeric outliers", lower_threshold=8, upper_threshold=50),
    case(
        "handle_outliers",
        "Replace rare values",
        "group_rare fill_missing",
        input_column="town",
        replacement_string="rare",
        absolute_threshold=1,
    ),
    case(
        "encode_categorical",
        "Ordinal encode",
        "ordinal",
        input_column=["town"],
        invalid_handling_strategy="Replace with NaN",
    ),
    case(
        "encode_categorical",
        "One-hot encode",
        "one_hot",
        input_column="town",
        invalid_handling_strategy="Keep",
        drop_last=False,
        output_style="Columns",
    ),
    case(
        "encode_categorical",
        "Similarity encode",
        "similarity_encode",
        input_column="town",
        target_dimension=4,
        output_style="Columns",
    ),
    case("process_numeric", "Scale values", "scale", **SCALER),
    case("dimensionality_reduction", "PCA", "pca", input_columns=["age", "y"], number_of_components=1),
    case("manage_vectors", "Assemble", "assemble", input_columns=["y", "won"], output_column="both"),
    case("featurize_text", "Character statistics", "text_statistics rename", input_column="note"),
    case(
        "featurize_text",
        "Vectorize",
        "fill_missing vectorize_text",
        input_column="note",
        tokenizer="Standard",
        vectorizer="Count Vectorizer",
        output_format="Columns",
    ),
    case("featurize_date_time", "Extract columns", "date_parts rename", **MOMENT),
    series("Featurize datetime", "date_parts rename", **MOMENT),
    text("format_string", "Lower case"),
    text("format_string", "Upper case"),
    text("format_string", "Capitalize"),
    text("format_string", "Swap case"),
    text("format_string", "Left pad", width=8, fill_character="*"),
    text("format_string", "Right pad", width=8),
    text("format_string", "Center (pad on either side)", width=8, fill_character="*"),
    text("format_string", "Strip characters from left", characters_to_remove="a "),
    text("format_string", "Strip characters from right", characters_to_remove="t"),
    text("format_string", "Strip left and right"),
    text("format_string", "Prepend zeros", width=6),
    text("format_string", "Add prefix", prefix=" <"),
    text("format_string", "Add suffix", suffix="> "),
    text("format_string", "Remove symbols", column="code"),
    text("search_and_edit", "Find substring", needle="hat", output_column="place"),
    text("search_and_edit", "Find substring (from right)", ops="search_and_edit drop rename", needle="hat"),
    text("search_and_edit", "Matches", pattern="a ", case=True, output_column="starts"),
    text("search_and_edit", "Find all occurrences", pattern="[a-z]+", output_column="all"),
    text("search_and_edit", "Extract using regex", column="code", pattern=r"(\w)-(\d+)", index=2),
    text("search_and_edit", "Extract between delimiters", left_delimiter="a ", right_delimiter=" hat"),
    text("search_and_edit", "Extract from position", start_position=2, length=3),
    text("search_and_edit", "Find and replace substring", column="code", pattern=r"\?", replacement="none"),
    text(
        "search_and_edit", "Replace between delimiters", left_delimiter="a ", right_delimiter=" hat", replacement="new"
    ),
    text("search_and_edit", "Replace from position", start_position=1, length=2, replacement="**"),
    text(
        "search_and_edit",
        "Convert regex to missing",
        ops="search_and_edit search_and_edit",
        column="code",
        pattern=r"\?",
    ),
    text("search_and_edit", "Convert non-matches to missing", column="code", pattern=r"[a-z]-\d+"),
    text("search_and_edit", "Split string by delimiter", column="code", delimiter="-", output_column="parts"),
    checked("String length", length=3),
    checked("Length", length=3),
    checked("Starts with", prefix="a"),
    checked("Ends with", suffix="1"),
    *(
        checked(f"Is {what}")
        for what in [
            "alphanumeric",
            "alpha",
            "digit",
            "space",
            "title",
            "lowercase",
            "lower",
            "uppercase",
            "upper",
            "numeric",
            "decimal",
        ]
    ),
    case("manage_rows", "Shuffle", "shuffle"),
    case("manage_rows", "Sort", "sort", sort_by="age", order="Descending"),
    case("manage_rows", "Drop duplicates", "drop_duplicates"),
    case("manage_rows", "Drop empty", "drop_missing"),
    case("sampling", "", "sample", sampling_method="Random", random_parameters={"sample_size": 5, "seed": 1}),
    *(
        Case(
            "balance_data",
            "",
            {"operator": label, "target_column": "y", "ratio": 1, "smote_params": {"num_neighbors": 2}},
            ("balance",),
        )
        for label in ("SMOTE", "Random oversample", "Random undersample")
    ),
    series("Validate timestamps", "validate_timestamps", timestamp_column="at", policy="drop"),
    series(
        "Handle missing",
        "fill_along_time",
        **{
            "hm_input_type": "Along column",
            "hm_input_type_Along column_parameters": {
                "hmac_sequence_column": "fare",
                "hmac_timestamp_column": "at",
                "hmac_id_column": "shop",
                "hmac_strategy": "Forward fill",
            },
        },
    ),
    series(
        "Resample",
        "resample",
        frequency=FREQUENCY,
        downsample={"non_numeric": "most common", "numeric": "mean"},
        upsample={"non_numeric": "ffill", "numeric": "linear"},
        timestamp_column="at",
        id_column="shop",
    ),
    series(
        "Lag features",
        "lag",
        lag=2,
        entire_window=True,
        drop_rows=False,
        sequence_column="fare",
        timestamp_column="at",
        id_column="shop",
    ),
    series(
        "Rolling window features",
        "rolling",
        window_size=2,
        strategy="Minimal subset",
        sequence_column="fare",
        timestamp_column="at",
    ),
    series("Datetime range", "datetime_range", output_column="when", start_timestamp="2024-01-01", frequency=FREQUENCY),
    case("custom_formula", "", "derive", output_column="sum", formula="0.3*fare + IF(age > 30, 1, 0)"),
    Case(
        "custom_code",
        "",
        {
            "operator": "SQL (PySpark SQL)",
            "sql_parameters": {"sql": "SELECT shop, sum(fare) AS fare FROM df GROUP BY shop;"},
        },
        ("sql",),
    ),
]
#: The same for cells that hold several values.
NESTED = [
    case("manage_vectors", "Flatten", "flatten", input_column="load", prefix="l"),
    series("Extract features", "extract_features", sequence_column="load", strategy="Minimal subset", flatten=True),
    series("Standardize length", "standardize_length", sequence_column="load", cutoff_quantile=0.5, flatten=True),
    case("handle_structured", "Flatten structured", "flatten_structured", input_column="place"),
    case("handle_structured", "Explode array", "explode", input_column="load"),
    series(
        "Handle missing",
        "fill_array",
        **{
            "hm_input_type": "Within cell",
            "hm_input_type_Within cell_parameters": {"hmic_sequence_column": "load", "hmic_strategy": "Interpolate"},
        },
    ),
]
#: Rules whose work other tests look at: sources, types, and other tables.
ELSEWHERE = {
    (operator, "")
    for operator in ["s3_source", "infer_and_cast_type", "join_tables", "join_multi_keys", "concatenate_datasets"]
}


def imported(tmp_path: Path, *steps: tuple[str, Mapping[str, Any]], **options: Any) -> Imported:
    return import_flow(line_of(tmp_path / "f.flow", SCHEMA, *steps), **options)


def ops_of(found: Imported) -> tuple[str, ...]:
    return tuple(step["op"] for step in found.line.steps if step["op"] != "cast")


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.operator}-{one.label or one.options.get('operator', '')}")
def test_operator_becomes_steps_that_run(tmp_path: Path, one: Case) -> None:
    found = imported(tmp_path, (one.operator, one.parameters))
    last = found.line.nodes[-1]
    assert last.status is Status.MAPPED, (last.why, last.lacks)
    assert tuple(step["op"] for step in last.steps) == one.ops
    assert Recipe.from_yaml(found.to_yaml()) == found.recipe
    assert found.target == ("y" if one.operator == "balance_data" else None)
    done = found.recipe.prepare(rows().drop_nulls() if found.target else rows(), target=found.target)
    assert len(done.frame)


@pytest.mark.parametrize("one", NESTED, ids=lambda one: f"{one.operator}-{one.label}")
def test_operator_on_cells_of_several_values(tmp_path: Path, one: Case) -> None:
    schema = {"load": "array", "place": "string", "y": "long"}
    found = import_flow(line_of(tmp_path / "f.flow", schema, (one.operator, one.parameters)))
    last = found.line.nodes[-1]
    assert last.status is Status.MAPPED, (last.why, last.lacks)
    assert tuple(step["op"] for step in last.steps) == one.ops
    places = ['{"city": "Ulm", "size": 3}', '{"city": "Bonn"}', None]
    frame = pl.DataFrame({"load": [[1.0, None, 3.0], [4.0], []], "place": places, "y": [1, 2, 3]})
    assert len(found.recipe.fit_transform(frame))


def test_every_rule_is_tried_or_has_no_steps() -> None:
    tried = {(one.operator, one.label or one.options.get("operator", "")) for one in [*CASES, *NESTED]}
    with_steps = {(rule.operator, rule.label) for rule in RULES if rule.gives}
    assert with_steps - tried - ELSEWHERE == set()


def test_rules_name_steps_that_there_are() -> None:
    assert {op for rule in RULES for op in rule.gives} <= set(STEPS)


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.operator}-{one.label or one.options.get('operator', '')}")
def test_rule_says_which_steps_it_gives(tmp_path: Path, one: Case) -> None:
    label = one.label or str(one.options.get("operator", ""))
    rule = next(rule for rule in RULES if rule.operator == one.operator and rule.label in {label, ""})
    found = imported(tmp_path, (one.operator, one.parameters))
    assert {step["op"] for step in found.line.nodes[-1].steps} <= set(rule.gives)


# What the page says


def told(folder: Path, rule: Rule) -> list[str]:
    """Return what is said to behave otherwise where the cases of a rule are imported."""
    found: dict[str, None] = dict.fromkeys(rule.differs)
    for one in [*CASES, *NESTED]:
        if (one.operator, one.label or one.options.get("operator", "")) == (rule.operator, rule.label):
            found |= dict.fromkeys(imported(folder, (one.operator, one.parameters)).line.nodes[-1].differs)
    return list(found)


def table(folder: Path) -> str:
    """Return the mapping as a table for people."""
    lines = ["| in Data Wrangler | here | what behaves otherwise | names |", "|---|---|---|---|"]
    for rule in RULES:
        label = f"`{rule.operator}`" + (f" {rule.label}" if rule.label else "")
        gives = ", ".join(f"[{op}](steps/{STEPS[op].__module__.rpartition('.')[2]}.md#{op})" for op in rule.gives)
        here = gives or _no_steps(rule.operator)
        lines.append(f"| {label} | {here} | {'; '.join(told(folder, rule))} | {_names(rule)} |")
    return "\n".join(lines) + "\n"


def _no_steps(operator: str) -> str:
    return {"s3_source": "DATA", "split": "`split` of clew.yaml"}.get(operator, "no step; see the report")


def _names(rule: Rule) -> str:
    if not rule.gives and rule.operator not in {"s3_source", "split"}:
        return ""
    return "seen" if rule.seen else "documented"


def test_page_shows_the_mapping(tmp_path: Path) -> None:
    before, after = "<!-- mapping -->\n", "<!-- end of mapping -->"
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index(before) + len(before), page.index(after)
    if os.environ.get("CLEW_WRITE_DOCS"):
        PAGE.write_text(page[:start] + table(tmp_path) + page[end:], encoding="utf-8")
        page = PAGE.read_text(encoding="utf-8")
        end = page.index(after)
    assert page[start:end] == table(tmp_path), (
        "write it anew: CLEW_WRITE_DOCS=1 pytest tests/prepare/test_flow_mapping.py"
    )
