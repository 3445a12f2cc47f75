"""Imported steps give the values that Data Wrangler's own code gives, worked out by hand."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.prepare.flows import line_of

from clew.prepare.flow.imported import import_flow


def values(
    tmp_path: Path, kind: str, given: list[Any], operator: str, parameters: dict[str, Any], name: str
) -> list[Any]:
    """Return a column after one transform of the column `x`."""
    found = import_flow(line_of(tmp_path / "f.flow", {"x": kind, "row": "long"}, (operator, parameters)))
    frame = pl.DataFrame({"x": given, "row": range(len(given))})
    return list(found.recipe.fit_transform(frame)[name].to_list())


def group(label: str, part: str, **options: Any) -> dict[str, Any]:
    return {"operator": label, part: {"input_column": "x", **options}}


def test_rare_values_and_missing_ones_get_the_same_name(tmp_path: Path) -> None:
    given = ["a"] * 5 + ["b"] * 3 + ["c", None]
    options = group(
        "Replace rare values", "replace_rare_values_parameters", replacement_string="rare", absolute_threshold=3
    )
    assert values(tmp_path, "string", given, "handle_outliers", options, "x") == ["a"] * 5 + ["rare"] * 5


def test_removing_outliers_removes_rows_without_a_value(tmp_path: Path) -> None:
    part = "min_max_numeric_outliers_parameters"
    options = group("Min-max numeric outliers", part, lower_threshold=0, upper_threshold=9, fix_method="Remove")
    assert values(tmp_path, "float", [1.0, None, 12.0, 9.0], "handle_outliers", options, "x") == [1.0, 9.0]


@pytest.mark.parametrize(("fix", "expected"), [("Clip", [1.0, None, 9.0, 9.0]), ("Invalidate", [1.0, None, None, 9.0])])
def test_outliers_are_clipped_or_invalidated(tmp_path: Path, fix: str, expected: list[float | None]) -> None:
    part = "min_max_numeric_outliers_parameters"
    options = group("Min-max numeric outliers", part, lower_threshold=0, upper_threshold=9, fix_method=fix)
    assert values(tmp_path, "float", [1.0, None, 12.0, 9.0], "handle_outliers", options, "x") == expected


def test_scaling_without_centring_is_the_default(tmp_path: Path) -> None:
    inner = {"scaler": "Robust scaler", "robust_scaler_parameters": {"input_column": "x"}}
    options = {"operator": "Scale values", "scale_values_parameters": inner}
    assert values(tmp_path, "float", [1.0, 2.0, 3.0, 4.0, 5.0], "process_numeric", options, "x") == [
        0.5,
        1.0,
        1.5,
        2.0,
        2.5,
    ]


def test_an_output_column_leaves_the_source(tmp_path: Path) -> None:
    inner = {
        "column_type": "Numeric",
        "numeric_parameters": {"input_column": ["x"], "output_column": "full", "strategy": "Mean"},
    }
    options = {"operator": "Impute", "impute_parameters": inner}
    assert values(tmp_path, "float", [1.0, None, 3.0], "handle_missing", options, "full") == [1.0, 2.0, 3.0]
    assert values(tmp_path, "float", [1.0, None, 3.0], "handle_missing", options, "x") == [1.0, None, 3.0]


def test_indicators_keep_their_name(tmp_path: Path) -> None:
    options = group("Add indicator for missing", "add_indicator_for_missing_parameters")
    assert values(tmp_path, "float", [1.0, None], "handle_missing", options, "x_indicator") == [0.0, 1.0]


@pytest.mark.parametrize(
    ("label", "part", "options", "given", "expected"),
    [
        ("Left pad", "left_pad", {"width": 3, "fill_character": "*"}, "ab", "*ab"),
        ("Left pad", "left_pad", {"width": 3}, "abcd", "abc"),
        ("Center (pad on either side)", "center_pad_on_either_side", {"width": 3}, "abcd", "abcd"),
        ("Prepend zeros", "prepend_zeros", {"width": 4}, "12", "0012"),
        ("Remove symbols", "remove_symbols", {}, "a-b?<c>\\d", "abcd"),
        ("Strip left and right", "strip_left_and_right", {"characters_to_remove": "ab"}, "abcba", "c"),
        ("Capitalize", "capitalize", {}, "tHE end", "The end"),
    ],
)
def test_formats(tmp_path: Path, label: str, part: str, options: dict[str, Any], given: str, expected: str) -> None:
    parameters = group(label, f"{part}_parameters", **options)
    assert values(tmp_path, "string", [given, "zz", "yy"], "format_string", parameters, "x")[0] == expected


@pytest.mark.parametrize(
    ("label", "part", "options", "given", "expected"),
    [
        ("Extract between delimiters", "extract_between_delimiters", {"left_delimiter": "(", "right_delimiter": ")"}, "a(b)c)d", "b)c"),
        ("Extract from position", "extract_from_position", {"start_position": 2, "length": 2}, "abcd", "bc"),
        ("Replace from position", "replace_from_position", {"start_position": 2, "length": 2, "replacement": "-"}, "abcd", "a-d"),
        ("Convert regex to missing", "convert_regex_to_missing", {"pattern": "n/?a|-"}, "n/a", None),
        ("Convert regex to missing", "convert_regex_to_missing", {"pattern": "n/?a|-"}, "n/a!", "n/a!"),
        ("Convert non-matches to missing", "convert_non_matches_to_missing", {"pattern": r"\d+"}, "12a", None),
        ("Find and replace substring", "find_and_replace_substring", {"pattern": r"\d+", "replacement": "#"}, "a1b22", "a#b#"),
        ("Extract using regex", "extract_using_regex", {"pattern": r"(\w)(\d)"}, "-b2", "b"),
    ],
)  # fmt: skip
def test_edits(
    tmp_path: Path, label: str, part: str, options: dict[str, Any], given: str, expected: str | None
) -> None:
    parameters = group(label, f"{part}_parameters", **options)
    assert values(tmp_path, "string", [given, "zz", "yy"], "search_and_edit", parameters, "x")[0] == expected


def test_found_places_take_the_place_of_the_text(tmp_path: Path) -> None:
    options = group("Find substring", "find_substring_parameters", needle="b")
    assert values(tmp_path, "string", ["abc", "xyz", None], "search_and_edit", options, "x") == [1, -1, None]


def test_invalid_categories(tmp_path: Path) -> None:
    options = group("Ordinal encode", "ordinal_encode_parameters", invalid_handling_strategy="Keep")
    assert values(tmp_path, "string", ["b", "a", None], "encode_categorical", options, "x") == [1, 0, 2]
    options = group("Ordinal encode", "ordinal_encode_parameters", invalid_handling_strategy="Skip")
    assert values(tmp_path, "string", ["b", "a", None], "encode_categorical", options, "x") == [1, 0]
    options = group("Ordinal encode", "ordinal_encode_parameters", invalid_handling_strategy="Replace with NaN")
    assert values(tmp_path, "string", ["b", "a", None], "encode_categorical", options, "x") == [1, 0, None]


def test_text_figures_keep_their_names(tmp_path: Path) -> None:
    options = group("Character statistics", "character_statistics_parameters", output_column_prefix="s")
    assert values(tmp_path, "string", ["ab CD", "x"], "featurize_text", options, "s_word_count") == [2, 1]


def test_moments_keep_their_names(tmp_path: Path) -> None:
    parts = {"input_column": "x", "output_column": "d", "output_mode": "Ordinal", "output_format": "Columns"}
    parameters = {
        "operator": "Featurize datetime",
        "Featurize datetime_parameters": {**parts, "year": True, "week_of_year": True},
    }
    given = ["2024-01-01", "2024-12-30", "2023-05-01"]
    assert values(tmp_path, "string", given, "time_series", parameters, "d_week_of_year") == [1, 1, 18]
    assert values(tmp_path, "string", given, "time_series", parameters, "d_year") == [2024, 2024, 2023]


def test_lags_go_back_within_a_series(tmp_path: Path) -> None:
    options = {"lag": 1, "entire_window": False, "drop_rows": False, "sequence_column": "x", "timestamp_column": "row"}
    parameters = {"operator": "Lag features", "Lag features_parameters": options}
    assert values(tmp_path, "float", [1.0, 2.0, 4.0], "time_series", parameters, "x_lag_1") == [None, 1.0, 2.0]


def test_gaps_of_a_series_are_filled_with_a_constant(tmp_path: Path) -> None:
    along = {
        "hmac_output_column": "",
        "hmac_sequence_column": "x",
        "hmac_timestamp_column": "row",
        "hmac_strategy": "Constant Value",
        "hmac_strategy_Constant Value_parameters": {"hmac_custom_value": "0.0"},
        "hmac_leftovernans": "Fill with Forward/Backward feed",
    }
    options = {"hm_input_type": "Along column", "hm_input_type_Along column_parameters": along}
    parameters = {"operator": "Handle missing", "Handle missing_parameters": options}
    assert values(tmp_path, "float", [None, 2.0, None], "time_series", parameters, "x") == [0.0, 2.0, 0.0]
    along |= {"hmac_strategy": "Forward fill", "hmac_strategy_Constant Value_parameters": {}}
    assert values(tmp_path, "float", [None, 2.0, None], "time_series", parameters, "x") == [2.0, 2.0, 2.0]
