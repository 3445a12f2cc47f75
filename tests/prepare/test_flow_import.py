"""A flow file becomes a recipe that gives what the flow gave, and a report that leaves nothing out."""

import gzip
import io
import json
import re
import shlex
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.prepare.flows import chart, destination, line_of, source, transform, typed, write_flow

from clew.cli import main
from clew.core.errors import DataError, UsageError
from clew.prepare.flow import content as contents
from clew.prepare.flow.formats import to_python_format
from clew.prepare.flow.imported import Imported, import_flow
from clew.prepare.flow.mapped import Mapped
from clew.prepare.flow.outcome import Status
from clew.prepare.recipe import Recipe

PEOPLE = {"id": "long", "age": "long", "fare": "float", "town": "string", "won": "long"}


def people() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [1, 2, 3, 4, 5, 6],
            "age": [22, None, 35, 54, 2, 27],
            "fare": [7.0, 71.0, 8.0, 53.0, None, 500.0],
            "town": ["Ulm", "Bonn", "Ulm", None, "Kiel", "Bonn"],
            "won": [0, 1, 1, 0, 1, 0],
        }
    )


def node(found: Imported, number: int) -> Mapped:
    return next(mapped for mapped in found.nodes if mapped.node.number == number)


def one_hot(column: str, style: str = "Columns", strategy: str = "Keep") -> dict[str, object]:
    options = {"input_column": column, "output_style": style, "drop_last": False, "invalid_handling_strategy": strategy}
    leftovers = {"invalid_handling_strategy": "Replace with NaN"}
    return {"operator": "One-hot encode", "one_hot_encode_parameters": options, "ordinal_encode_parameters": leftovers}


def drop(*columns: str) -> dict[str, object]:
    return {"operator": "Drop column", "drop_column_parameters": {"column_to_drop": list(columns)}}


def rename(old: str, new: str) -> dict[str, object]:
    return {"operator": "Rename column", "rename_column_parameters": {"input_column": old, "new_name": new}}


def cast(column: str, kind: str) -> tuple[str, dict[str, object]]:
    return "cast_single_data_type", {"column": column, "original_data_type": "Float", "data_type": kind}


def fill(column: str, strategy: str) -> tuple[str, dict[str, object]]:
    numeric = {"input_column": [column], "strategy": strategy}
    return "handle_missing", {
        "operator": "Impute",
        "impute_parameters": {"column_type": "Numeric", "numeric_parameters": numeric},
    }


# From end to end


def test_a_flow_runs_as_a_recipe(tmp_path: Path) -> None:
    flow = line_of(
        tmp_path / "people.flow",
        PEOPLE,
        fill("age", "Approximate Median"),
        ("custom_formula", {"output_column": "per_year", "formula": "fare / age"}),
        ("encode_categorical", one_hot("town")),
        cast("town_Ulm", "long"),
        ("manage_columns", drop("town_Kiel", "id")),
    )
    found = import_flow(flow)
    [written] = found.save(tmp_path / "recipe.yaml")
    recipe = Recipe.from_file(written)
    assert recipe == found.recipe
    done = recipe.fit_transform(people())
    assert done.columns == ["age", "fare", "won", "per_year", "town=Bonn", "town=Ulm"]
    assert done["age"].to_list() == [22, 27, 35, 54, 2, 27]
    assert done["town=Ulm"].to_list() == [1, 0, 1, 0, 0, 0]
    assert done["per_year"][0] == pytest.approx(7 / 22)


def test_report_has_the_keys_that_are_promised(tmp_path: Path) -> None:
    code = "df = df.dropna()"
    flow = line_of(tmp_path / "f.flow", PEOPLE, fill("age", "Mean"), ("custom_pandas", {"code": code}))
    report = import_flow(flow).to_dict()
    assert report["mapped"] == 3
    assert [step["op"] for step in report["steps"]] == ["cast", "cast", "fill_missing"]
    [unmapped] = report["unmapped"]
    assert unmapped["number"] == 4
    assert unmapped["code"] == code
    assert "which a recipe never carries" in unmapped["why"]
    assert json.loads(json.dumps(report)) == report


def test_text_of_the_recipe_names_node_and_difference(tmp_path: Path) -> None:
    flow = line_of(tmp_path / "f.flow", {}, ("encode_categorical", one_hot("town")))
    text = import_flow(flow).to_yaml()
    assert "# Node 3, encode_categorical: One-hot encode." in text
    assert "# - it learns anew, from all training rows" in text
    assert "# - steps were trained there on the first 50,000 rows; here they learn from all training rows" in text


def test_code_of_a_flow_is_a_comment_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "x = 1\n- {op: drop, columns: age}\r- {op: log, columns: age}\x85- {op: shuffle}\u2028- op: sql\x0b- a: b\x00"
    )
    flow = line_of(tmp_path / "f.flow", PEOPLE, ("custom_pyspark", {"code": code}), fill("age", "Mean"))
    found = import_flow(flow)
    assert Recipe.from_yaml(found.to_yaml()) == found.recipe
    assert [step.op for step in found.recipe.steps] == ["cast", "cast", "fill_missing"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(), st.text(min_size=1))
def test_any_texts_survive_in_the_recipe_or_are_told(tmp_path: Path, prefix: str, column: str) -> None:
    parameters = {"operator": "Add prefix", "add_prefix_parameters": {"input_column": column, "prefix": prefix}}
    found = import_flow(line_of(tmp_path / "f.flow", {}, ("format_string", parameters)))
    assert Recipe.from_yaml(found.to_yaml()) == found.recipe
    last = found.line.nodes[-1]
    assert last.status is Status.UNMAPPED or last.steps[0]["prefix"] == prefix


# Names


def test_columns_of_categories_are_named_as_they_are_here(tmp_path: Path) -> None:
    flow = line_of(
        tmp_path / "f.flow",
        PEOPLE,
        ("encode_categorical", one_hot("town")),
        ("custom_formula", {"output_column": "south", "formula": "town_Ulm + `town_Bad Saulgau`"}),
        ("manage_columns", rename("town_Bonn", "bonn")),
    )
    steps = import_flow(flow).line.steps
    assert steps[-2]["expression"] == "`town=Ulm` + `town=Bad Saulgau`"
    assert steps[-1]["names"] == {"town=Bonn": "bonn"}


def test_numbers_that_are_encoded_become_categories_first(tmp_path: Path) -> None:
    flow = line_of(tmp_path / "f.flow", PEOPLE, ("encode_categorical", one_hot("won")))
    found = import_flow(flow)
    assert [step["op"] for step in found.line.steps] == ["cast", "cast", "cast", "one_hot"]
    assert found.recipe.fit_transform(people())["won=1"].to_list() == [0, 1, 1, 0, 1, 0]


def test_a_vector_is_several_columns_and_cannot_be_cast(tmp_path: Path) -> None:
    flow = line_of(
        tmp_path / "f.flow", PEOPLE, ("encode_categorical", one_hot("town", "Vector")), cast("town", "string")
    )
    found = import_flow(flow)
    assert [mapped.node.number for mapped in found.unmapped] == [4]
    assert "is several columns here: `town=…`" in found.unmapped[0].why


def test_a_formula_may_take_the_place_of_what_it_reads(tmp_path: Path) -> None:
    flow = line_of(
        tmp_path / "f.flow", PEOPLE, ("custom_formula", {"output_column": "fare", "formula": "round(fare) % 2"})
    )
    found = import_flow(flow)
    assert [step["op"] for step in found.line.steps[-3:]] == ["derive", "drop", "rename"]
    assert found.recipe.fit_transform(people())["fare"].to_list() == [1, 1, 0, 1, None, 0]
    assert any("sign of the divisor" in text for text in node(found, 3).differs)


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("CAST(age AS double)", "there is no function 'CAST'"),
        ("row_number() over (order by id)", "no function 'row_number'"),
        ("avg(fare)", "no function 'avg'"),
        ("age ||  'x'", "has no meaning"),
        ("weekday(at)", "no function 'weekday'"),
        ("", "has no value"),
    ],
)
def test_a_formula_that_cannot_be_said_is_told(tmp_path: Path, formula: str, says: str) -> None:
    flow = line_of(tmp_path / "f.flow", PEOPLE, ("custom_formula", {"output_column": "x", "formula": formula}))
    [unmapped] = import_flow(flow).unmapped
    assert says in unmapped.why
    assert unmapped.code == formula


def test_steps_on_what_unmapped_code_makes_wait_as_comments(tmp_path: Path) -> None:
    flow = line_of(
        tmp_path / "f.flow",
        PEOPLE,
        ("custom_pandas", {"code": "df['when'] = 1"}),
        cast("when", "float"),
        ("manage_columns", drop("when", "id")),
        fill("age", "Mean"),
    )
    found = import_flow(flow)
    assert [mapped.status for mapped in found.line.nodes[2:]] == [
        Status.UNMAPPED, Status.WAITING, Status.WAITING, Status.MAPPED,
    ]  # fmt: skip
    assert "#   - op: drop\n#     columns: [when, id]" in found.to_yaml()
    assert found.recipe.fit_transform(people())["age"].null_count() == 0


def test_a_column_that_is_only_dropped_is_not_needed(tmp_path: Path) -> None:
    flow = line_of(tmp_path / "f.flow", PEOPLE, fill("age", "Mean"), ("manage_columns", drop("id", "won")))
    fitted = import_flow(flow).recipe.learn(people())
    assert "id" not in fitted.inputs.names


def test_the_target_is_left_as_it_is(tmp_path: Path) -> None:
    missing = {"operator": "Drop missing", "drop_missing_parameters": {"input_column": "won"}}
    ordinal = {"input_column": ["won", "town"], "invalid_handling_strategy": "Keep"}
    flow = line_of(
        tmp_path / "f.flow",
        PEOPLE,
        ("handle_missing", missing),
        ("encode_categorical", {"operator": "Ordinal encode", "ordinal_encode_parameters": ordinal}),
    )
    found = import_flow(flow, target="won")
    assert {"op": "filter", "condition": "`won` is not null"} in found.line.steps
    assert found.recipe.prepare(people(), target="won").target is not None


# Branches, joins, concatenations


def branching(tmp_path: Path) -> Path:
    drops = [
        transform(f"d{n}", "manage_columns", drop(name), before)
        for n, (name, before) in enumerate([("id", "t"), ("fare", "d0")])
    ]
    other = transform("e", "manage_columns", drop("town"), "t")
    nodes = [
        source(),
        typed("t", "s", **PEOPLE),
        chart("c", "t"),
        *drops,
        destination("out", "d1"),
        other,
        destination("out2", "e"),
    ]
    return write_flow(tmp_path / "f.flow", nodes)


def test_the_longest_line_to_a_destination_is_taken_and_others_are_told(tmp_path: Path) -> None:
    found = import_flow(branching(tmp_path))
    assert found.line.end.id == "out"
    assert [step["columns"] for step in found.line.steps if step["op"] == "drop"] == ["id", "fare"]
    assert [(end["node"], end["transforms"]) for end in found.to_dict()["others"]] == [("out2", 2)]
    assert node(found, 3).status is Status.IGNORED


@pytest.mark.parametrize("asked", ["out2", "8"])
def test_another_line_can_be_asked_for(tmp_path: Path, asked: str) -> None:
    found = import_flow(branching(tmp_path), node=asked)
    assert [step["columns"] for step in found.line.steps if step["op"] == "drop"] == ["town"]


@pytest.mark.parametrize(
    ("asked", "says"), [("nobody", "has no node 'nobody'"), ("out3", "Did you mean"), ("d", "2 nodes")]
)
def test_a_node_that_is_not_there_is_told(tmp_path: Path, asked: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        import_flow(branching(tmp_path), node=asked)


TOWNS = {"name": "string", "town": "string", "size": "long", "fare": "float"}


def joined(tmp_path: Path, kind: str, *, work: bool) -> Imported:
    right = [source("r", "s3://other/towns.csv"), typed("rt", "r", **TOWNS)]
    if work:
        right.append(transform("rw", "manage_columns", rename("size", "people"), "rt"))
    keys = {"left_column": "town", "right_column": "name", "join_type": kind}
    nodes = [
        source(uri="s3://bucket/people.csv"),
        typed("t", "s", **PEOPLE),
        *right,
        transform("j", "join_tables", keys, "t", "rw" if work else "rt"),
        transform("d", "manage_columns", drop("name", "fare_1"), "j"),
    ]
    return import_flow(write_flow(tmp_path / "f.flow", nodes))


def towns() -> pl.DataFrame:
    return pl.DataFrame({"name": ["Ulm", "Bonn"], "town": ["U", "B"], "size": [126, 330], "fare": [1.0, 2.0]})


def test_a_join_reads_the_other_table_from_a_file(tmp_path: Path) -> None:
    found = joined(tmp_path, "leftouter", work=False)
    assert found.sides == ()
    assert {mapped.node.number for mapped in found.nodes} == {1, 2, 3, 4, 5, 6}
    assert node(found, 4).steps == ()
    assert node(found, 5).todo == "Put towns.csv beside the recipe: a copy of s3://other/towns.csv."
    towns().drop("town").write_csv(tmp_path / "towns.csv")
    done = found.recipe.fit_transform(people(), folder=tmp_path)
    assert done["size"].to_list() == [126, 330, 126, None, None, 330]
    assert done["fare_0"].to_list() == people()["fare"].to_list()
    assert "name" not in done.columns


def test_the_other_table_has_a_recipe_of_its_own_where_it_has_steps(tmp_path: Path) -> None:
    found = joined(tmp_path, "inner", work=True)
    side, main = found.save(tmp_path / "recipe.yaml")
    assert side.name == "recipe-towns-5.yaml"
    Recipe.from_file(side).fit_transform(towns().drop("town")).write_parquet(tmp_path / "towns-5.parquet")
    done = Recipe.from_file(main).fit_transform(people(), folder=tmp_path)
    assert done["people"].to_list() == [126, 330, 126, 330]


def test_both_names_of_a_key_mean_the_one_that_is_kept(tmp_path: Path) -> None:
    nodes = [
        source(),
        typed("t", "s", **PEOPLE),
        source("r", "s3://b/ages.csv"),
        typed("rt", "r", id="long", years="long"),
        transform("j", "join_tables", {"left_column": "id", "right_column": "id", "join_type": "inner"}, "t", "rt"),
        transform("a", "manage_columns", drop("id_0"), "j"),
        transform("b", "manage_columns", rename("id_1", "id"), "a"),
        transform("c", "manage_columns", rename("id", "number"), "b"),
    ]
    found = import_flow(write_flow(tmp_path / "f.flow", nodes))
    assert [step["op"] for step in found.line.steps][-2:] == ["join", "rename"]
    assert found.line.steps[-1]["names"] == {"id": "number"}
    pl.DataFrame({"id": [2, 1], "years": [5, 6]}).write_csv(tmp_path / "ages.csv")
    assert found.recipe.fit_transform(people(), folder=tmp_path)["years"].to_list() == [6, 5]


def test_several_keys_and_appended_rows(tmp_path: Path) -> None:
    keys = [{"left": "town", "right": "town"}, {"left": "won", "right": "won"}]
    nodes = [
        source(),
        typed("t", "s", town="string", won="long"),
        source("r", "s3://b/more.csv"),
        typed("rt", "r", town="string", won="long"),
        transform("c", "concatenate_datasets", {"concatenate_type": "row_wise", "apply_dedupe": False}, "t", "rt"),
        source("k", "s3://b/keys.csv"),
        transform("j", "join_multi_keys", {"join_keys": keys, "join_type": "leftsemi"}, "c", "k"),
    ]
    found = import_flow(write_flow(tmp_path / "f.flow", nodes))
    pl.DataFrame({"town": ["Ulm", "Bern"], "won": [1, 0]}).write_csv(tmp_path / "more.csv")
    pl.DataFrame({"town": ["Ulm", "Bern"], "won": [1, 0]}).write_csv(tmp_path / "keys.csv")
    done = found.recipe.fit_transform(people().select("town", "won"), folder=tmp_path)
    assert done.rows() == [("Ulm", 1), ("Ulm", 1), ("Bern", 0)]


def test_many_joins_of_a_table_with_itself_stay_small(tmp_path: Path) -> None:
    nodes = [source(), typed("t", "s", **PEOPLE), transform("n0", "manage_columns", drop("fare"), "t")]
    for number in range(40):
        keys = {"left_column": "id", "right_column": "id", "join_type": "inner"}
        nodes.append(transform(f"n{number + 1}", "join_tables", keys, f"n{number}", f"n{number}"))
    found = import_flow(write_flow(tmp_path / "f.flow", nodes))
    assert len(found.sides) == 40


def test_a_split_is_a_setting(tmp_path: Path) -> None:
    shares = {"splits": [{"name": "Train", "percentage": 0.7}, {"name": "Test", "percentage": 0.3}], "error": 0.0001}
    flow = line_of(
        tmp_path / "f.flow", PEOPLE, ("split", {"operator": "Randomized split", "randomized_split_parameters": shares})
    )
    assert import_flow(flow).settings["split"] == {"holdout": 0.3}


# Sources


def test_a_source_says_where_rows_are_and_how_to_read_them(tmp_path: Path) -> None:
    uri = "s3://bucket/{{year}}/My%20rows $(x).csv"
    nodes = [source(uri=uri, s3FieldDelimiter=";", s3CsvEncodingType="ISO_8859_1", s3HasHeader=False)]
    flow = write_flow(tmp_path / "f.flow", nodes, parameters=[{"name": "year", "value": 2024}])
    found = import_flow(flow)
    data = {"source": "s3://bucket/2024/My%20rows $(x).csv", "delimiter": ";", "encoding": "iso-8859-1"}
    assert found.settings["data"] == data
    assert found.line.file == "My rows $(x).csv"
    first = found.line.nodes[0]
    assert first.lacks == ("the file has no header line: add one, with the names that the steps use",)
    assert "'My rows $(x).csv'" in first.todo


def test_a_query_is_kept_and_a_file_name_leads_nowhere(tmp_path: Path) -> None:
    definition = {"datasetSourceType": "Athena", "name": "../../secret", "queryString": 'SELECT * FROM "a"."b"'}
    nodes = [transform("s", "sagemaker.athena_source_0.1", {"dataset_definition": definition}, kind="SOURCE")]
    found = import_flow(write_flow(tmp_path / "f.flow", nodes))
    assert found.line.file == "secret.parquet"
    assert found.line.nodes[0].code == 'SELECT * FROM "a"."b"'


# What is not understood is told


def test_options_that_are_not_understood_are_told(tmp_path: Path) -> None:
    parameters = {
        "operator": "Drop missing",
        "drop_missing_parameters": {"input_column": "age", "how_many": 3},
        "beside": [1],
    }
    found = import_flow(line_of(tmp_path / "f.flow", PEOPLE, ("handle_missing", parameters)))
    last = found.line.nodes[-1]
    assert last.status is Status.PARTLY
    assert last.lacks == (
        "the option `drop_missing_parameters.beside = [1]` is not understood",
        "the option `drop_missing_parameters.how_many = 3` is not understood",
    )


@pytest.mark.parametrize(
    ("operator", "parameters", "says"),
    [
        ("handle_missing", {"operator": "Drop mising"}, "'Drop mising', is not known"),
        ("sagemaker.spark.new_thing_0.1", {"a": 1}, "There is no mapping of the operator"),
        ("format_string", {"operator": "Lower case", "lower_case_parameters": {}}, "`lower_case_parameters.input_column` has no value"),
        ("format_string", {"operator": "Title case", "title_case_parameters": {"input_column": "town"}}, "no title case"),
        ("search_and_edit", {"operator": "Find all occurrences", "find_all_occurrences_parameters": {"input_column": "town", "pattern": "(?=a)b"}}, "The step search_and_edit refuses it"),
        ("search_and_edit", {"operator": "Find and replace substring", "find_and_replace_substring_parameters": {"input_column": "town", "pattern": "(a)", "replacement": "$1$1"}}, "refers to groups"),
        ("format_string", {"operator": "Add prefix", "add_prefix_parameters": {"input_column": "town", "prefix": "${home}"}}, "would read as a parameter"),
        ("process_numeric", {"operator": "Scale values", "scale_values_parameters": {"scaler": "Odd scaler"}}, "'odd scaler', which is not known"),
        ("custom_code", {"operator": "SQL (PySpark SQL)", "sql_parameters": {"sql": "DROP TABLE df"}}, "The step sql refuses it"),
        ("group_by", {"by": "town"}, "not documented"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_told(
    tmp_path: Path, operator: str, parameters: dict[str, object], says: str
) -> None:
    [unmapped] = import_flow(line_of(tmp_path / "f.flow", PEOPLE, (operator, parameters))).unmapped
    assert says in unmapped.why


def test_a_newer_operator_is_mapped_and_told(tmp_path: Path) -> None:
    nodes = [source(), transform("n", "sagemaker.spark.manage_columns_0.2", drop("a"), "s")]
    found = import_flow(write_flow(tmp_path / "f.flow", nodes))
    assert "the operator has version 0.2, and the mapping is of version 0.1" in found.line.nodes[-1].differs


def test_dates_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = import_flow(line_of(tmp_path / "f.flow", {"day": "string"}, cast("day", "date")))
    assert found.line.steps[-1]["format"] == "%d-%m-%Y"
    days = found.recipe.fit_transform(pl.DataFrame({"day": ["31-01-2024", "x"] * 20}))["day"]
    assert days[0] == date(2024, 1, 31)
    assert days[1] is None


@pytest.mark.parametrize(
    ("java", "python"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%dT%H:%M:%S.%f"),
        ("d MMM yy, h:mm a", "%d %b %y, %I:%M %p"),
        ("EEEE dd. MMMM", "%A %d. %B"),
        ("100% dd", "100%% %d"),
        ("QQQ", None),
        ("dd 'open", None),
    ],
)
def test_formats_of_java_in_python(java: str, python: str | None) -> None:
    assert to_python_format(java) == python


# On the command line


def run(command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command))
    assert ended.value.code == 0


def test_command_writes_the_recipe_and_says_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    joined(tmp_path, "inner", work=True)
    run("recipe import f.flow --out mine.yaml --target won")
    said = capsys.readouterr()
    assert "Written: mine-towns-5.yaml" in said.out
    assert "6: the other table is part of the fitted recipe" in said.out
    assert "clew prepare towns.csv --recipe mine-towns-5.yaml --out towns-5.parquet" in said.err
    people().write_csv("people.csv")
    towns().drop("town").write_csv("towns.csv")
    for command in re.findall(r"^  clew (.*)$", said.err, re.MULTILINE):
        run(command)
    assert pl.read_parquet("prepared.parquet")["people"].to_list() == [126, 330, 126, 330]


def test_command_only_looks_where_no_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = line_of(tmp_path / "my flow.flow", PEOPLE, fill("age", "Mean"), ("custom_pandas", {"code": "df"}))
    run(shlex.join(["recipe", "import", str(flow)]))
    said = capsys.readouterr()
    assert "no step" in said.out
    assert "3 nodes mapped, 0 of them in part; 1 without a step here; 3 steps." in said.out
    assert f"clew recipe import '{flow}' --out recipe.yaml" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my flow.flow"]


# Bad files


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.flow", "{}")
    return out.getvalue()


def raw(*nodes: object, **more: object) -> bytes:
    return json.dumps({"metadata": {"version": 1}, "nodes": list(nodes), **more}).encode()


BAD = [
    (b"", "is empty"),
    (zipped(), "is a zip archive"),
    (gzip.compress(b"{}"), "is a gzip archive"),
    (b"\n<!DOCTYPE html><html></html>", "is a page of HTML"),
    (b'{"nodes": [', "is no JSON: .* in line 1, column 12"),
    (b"\xff\xfe{", "no UTF-8"),
    (b"[" * 100_000, "nested too deep"),
    (b"[1, 2]", "without a list of `nodes`"),
    (b'{"cells": []}', "It is a notebook"),
    (raw(), "without a list of `nodes`"),
    (raw(source(), metadata={"version": 2}), "version 2, and version 1"),
    (raw(7), "Node 1 of .* is a int"),
    (raw({"operator": "x"}), "Node 1 of .* has no `node_id`"),
    (raw({"node_id": "a"}), "Node 1 of .* has no `operator`"),
    (raw(source(), source()), "Nodes 1 and 2 of .* have the same id"),
    (raw(transform("a", "x", {}, "gone")), "has the input 'gone', which is not there"),
    (raw(transform("a", "x", {}, "b"), transform("b", "x", {}, "a")), "in a circle: 1, 2"),
    (raw({**source(), "inputs": [{}]}), "an input that names no node"),
    (raw(transform("a", "x", {"a": json.loads("[" * 40 + "]" * 40)})), "nests its parameters more than 30 deep"),
    (raw({**chart("a", "b"), "inputs": []}), "holds charts and nothing"),
    (raw(7, metadata=[1]), "Node 1 of .* is a int"),
]


@pytest.mark.parametrize(("content", "says"), BAD, ids=[says for _, says in BAD])
def test_bad_file_is_told_in_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "f.flow").write_bytes(content)
    with pytest.raises(DataError, match=says):
        import_flow(tmp_path / "f.flow")


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        import_flow(tmp_path / "f.flow")
    with pytest.raises(UsageError, match="cannot be read"):
        import_flow(tmp_path)
    monkeypatch.setattr(contents, "LARGEST", 10)
    write_flow(tmp_path / "f.flow", [source()])
    with pytest.raises(DataError, match="MB"):
        import_flow(tmp_path / "f.flow")


def test_thousands_of_nodes_are_no_problem(tmp_path: Path) -> None:
    steps = [("manage_columns", rename(f"c{n}", f"c{n + 1}")) for n in range(3000)]
    found = import_flow(line_of(tmp_path / "f.flow", {"c0": "long"}, *steps))
    assert found.line.steps[-1]["names"] == {"c2999": "c3000"}
