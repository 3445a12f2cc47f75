"""Bad input of recipes: every refusal names the step, the column, the rows where cells are at fault, and the way out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clew.cli import main
from clew.core.errors import InputError
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.recipe import Recipe

FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "age": [30.0, None, 50.0, 41.0],
        "price": ["1.5", "abc", None, "n/a"],
        "town": ["a", "b", "a", "c"],
        "day": ["2024-01-31", "2024-02-30", "soon", "2024-03-01"],
        "y": ["no", "yes", "no", "yes"],
    }
)
SCHEMA = Schema(
    (
        Column("id", "Int64", Kind.NUMERIC, role=Role.ID),
        Column("age", "Float64", Kind.NUMERIC),
        Column("price", "String", Kind.CATEGORICAL),
        Column("town", "String", Kind.CATEGORICAL),
        Column("day", "String", Kind.CATEGORICAL),
        Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)
NEW = FRAME.with_columns(town=pl.Series(["a", "zz", None, "qq"]))
LONG = "x" * 1_000_000
#: No message is longer, whatever the cells hold.
LONGEST = 1000


@dataclass(frozen=True, eq=False)
class Case:
    """Steps, what they meet, and what the refusal says.

    Parameters
    ----------
    name : str
        Of the case.
    recipe : str
        Steps in their text form.
    says : tuple of str
        All that the message holds besides the step: column, number of rows, rows, rule.
    hint : str
        What the way out holds.
    frame : DataFrame, optional
        Training rows, if not those above.
    new : DataFrame, optional
        Later rows; then fitting is fine, and these are refused.
    where : str
        How the step is named.
    """

    name: str
    recipe: str
    says: tuple[str, ...]
    hint: str
    frame: pl.DataFrame | None = None
    new: pl.DataFrame | None = None
    where: str = "Step 1 ({op})"

    @property
    def rows(self) -> pl.DataFrame:
        return FRAME if self.frame is None else self.frame

    @property
    def step(self) -> str:
        return self.where.format(op=re.findall(r"op: (\w+)", self.recipe)[-1])


def gone(recipe: str, name: str = "agee", near: str = "'age'", where: str = "Step 1 ({op})") -> Case:
    return Case(f"gone {recipe}", recipe, (f"no column '{name}'",), near, where=where)


def refused(op: str, says: str, hint: str, frame: pl.DataFrame | None = None) -> Case:
    return Case(f"cast {op}", f"- {{op: {op}}}", tuple(says.split(" & ")), hint, frame)


def unseen(op: str, rule: str, policy: str = "unseen") -> Case:
    rows = ("2 rows", "'zz' in row 1", "'qq' in row 3") if policy == "unseen" else ("1 row:", "in row 2")
    hint = "another `unseen`" if policy == "unseen" else "fill_missing"
    recipe = f"- {{op: {op}, columns: town, {policy}: error}}"
    return Case(f"{policy} {op}", recipe, ("'town'", rule, *rows), hint, new=NEW)


def forbidden(expression: str, says: str, hint: str = "") -> Case:
    recipe = f"- op: derive\n  name: x\n  expression: {json.dumps(expression)}"
    return Case(f"expression {expression}", recipe, (says,), hint)


def query(text: str, says: str, hint: str = "SELECT") -> Case:
    return Case(f"query {text}", f"- op: sql\n  query: {json.dumps(text)}", (says,), hint)


COLUMNS_THAT_ARE_GONE = [
    *(
        gone(f"- {{op: {step}}}")
        for step in (
            "scale, columns: agee",
            "fill_missing, columns: [age, agee]",
            "sort, columns: agee",
            "derive, name: x, expression: agee + 1",
            "derive, name: x, expression: age - avg(agee)",
            "filter, condition: agee > 1",
            "lag, columns: agee, time: day, by: []",
            "rename, names: {agee: years}",
            "group_by, by: [town], aggregations: {agee: [mean]}",
            "sql, query: SELECT agee FROM df",
            "sql, query: 'SELECT age, agee + 1 AS more FROM df'",
        )
    ),
    gone("- {op: lag, columns: age, time: dya, by: []}", "dya", "'day'"),
    gone("- {op: move, columns: age, to: after, column: twn}", "twn", "'town'"),
    gone("- {op: pivot, on: twn, values: age, by: [day]}", "twn", "'town'"),
    gone("- {op: drop, columns: age}\n- {op: scale, columns: age}", "age", "Step 1 (drop)", "Step 2 (scale)"),
    gone("- {op: one_hot, columns: town}\n- {op: ordinal, columns: town}", "town", "Step 1 (one_hot)", "Step 2 (ordinal)"),
    Case("gone later", "- {op: scale, columns: age}", ("lacks 'age'",), "There is", new=FRAME.drop("age"), where="step 1 ({op})"),
    Case(
        "gone later, after another step",
        "- {op: count_encode, columns: town}\n- {op: scale, columns: age}",
        ("lacks 'age'",), "Did you mean 'Age'", new=FRAME.rename({"age": "Age"}), where="step 2 ({op})",
    ),
]  # fmt: skip

CELLS_THAT_CANNOT_BE_READ = [
    refused("cast, columns: price, to: number", "'price' & no number & 2 rows & 'abc' in row 1 & 'n/a' in row 3", "errors: missing"),
    refused("cast, columns: price, to: integer", "'price' & no whole number & 3 rows & '1.5' in row 0", "errors: missing"),
    refused("cast, columns: town, to: boolean", "'town' & neither true nor false & 4 rows & …", "errors: missing"),
    refused("cast, columns: day, to: date", "'day' & no moment & 2 rows & '2024-02-30' in row 1 & 'soon' in row 2", "errors: missing"),
    refused("date_parts, columns: day, format: '%Y-%m-%d'", "'day' & not of the form '%Y-%m-%d' & 2 rows & in row 1", "errors: missing"),
    refused("validate_timestamps, columns: day, format: '%Y-%m-%d'", "'day' & 2 rows & 'soon' in row 2", "policy: drop"),
    refused("date_parts, columns: town, format: '%Y'", "'town' & not of the form '%Y' & 4 rows & 'a' in row 0", "errors: missing"),
    refused("parse_array, columns: price", "'price' & no JSON array & 3 rows & 'abc' in row 1", "errors: missing"),
    refused("image_features, columns: town", "'town' & 4 images & row 0 is no file", "errors: missing"),
    refused("power_transform, columns: age, method: box_cox", "'age' & 1 row: & -3.0 in row 1", "yeo_johnson", FRAME.with_columns(age=pl.Series([1.0, -3.0, 2.0, 9.0]))),
    refused("one_hot, columns: age, ordinal_encoded: true", "'age' & no rank & 2 rows & 0.5 in row 1 & -1.0 in row 3", "ordinal_encoded", FRAME.with_columns(age=pl.Series([0.0, 0.5, None, -1.0]))),
    refused("balance, method: smote, k_neighbors: 1", "'age' & missing or infinite in 1 row & row 1", "fill_missing", pl.concat([FRAME, FRAME.head(1)])),
    Case("later cells of another type", "- {op: scale, columns: age}", ("'age'", "row 1", "'old'", "not a number"), "leave it empty", new=FRAME.with_columns(age=pl.Series(["1", "old", "2", "3"])), where="Column"),
    query("SELECT CAST(price AS DOUBLE) AS p, y FROM df", "'abc'", "try_cast"),
]  # fmt: skip

CATEGORIES_THAT_ARE_NEW = [
    unseen("one_hot", "no column of its own"),
    unseen("ordinal", "outside the order"),
    unseen("count_encode", "in no training row"),
    unseen("one_hot", "missing", "missing"),
    unseen("ordinal", "missing", "missing"),
    unseen("count_encode", "missing", "missing"),
]

CODE_IN_EXPRESSIONS = [
    forbidden("__import__('os').system('touch gone')", "'.' at position 17", "backticks"),
    forbidden("age.__class__", "'.' at position 4", "backticks"),
    forbidden("[v for v in age]", "'[' at position 1", "backticks"),
    forbidden("lambda: 1", "':' at position 7", "backticks"),
    forbidden("age; DROP TABLE df", "';' at position 4", "backticks"),
    forbidden("(select 1)", "needs ')', and '1' at position 9", "Write for example"),
    *(
        forbidden(f"{call}(price)", f"calls '{call}', which is no function")
        for call in ("eval", "exec", "open", "getattr", "read_csv", "sleep", "__import__", "globals")
    ),
    forbidden("__builtins__", "no column '__builtins__'", "There is 'id'"),
    forbidden("`__class__`", "no column '__class__'", "There is 'id'"),
    forbidden("(" * 60 + "age" + ")" * 60, "more than 50 deep", "several"),
    forbidden("age + " * 5000 + "age", "10000 characters", "several"),
    forbidden("price > 1", "(price > 1)", "cast"),
]

QUERIES_THAT_WRITE = [
    *(
        query(text, f"a statement of the kind {text.split()[0]}")
        for text in (
            "DROP TABLE df",
            "INSERT INTO df VALUES (1)",
            "UPDATE df SET age = 1",
            "DELETE FROM df",
            "CREATE TABLE t AS SELECT * FROM df",
            "COPY df TO 'gone.csv'",
            "ATTACH 'gone.db'",
            "EXPORT DATABASE 'gone'",
            "SET memory_limit = '1GB'",
        )
    ),
    query("SELECT * FROM df; DROP TABLE df", "2 statements"),
    query("WITH w AS (DELETE FROM df RETURNING *) SELECT * FROM w", "DELETE, which writes", "what it selects"),
    query("SELECT * FROM read_csv('/etc/passwd')", "read_csv() as a table", "Read from df"),
    query("SELECT * FROM '/etc/passwd'", "the only table is df", "step join"),
]

CELLS_OF_A_MEGABYTE = [
    refused(f"{op}", "'town' & row 0", hint, FRAME.with_columns(town=pl.lit(LONG)))
    for op, hint in {
        "cast, columns: town, to: number": "errors: missing",
        "cast, columns: town, to: date, format: '%Y'": "errors: missing",
        "parse_array, columns: town": "errors: missing",
        "image_features, columns: town": "errors: missing",
    }.items()
] + [
    Case("long unseen", "- {op: one_hot, columns: town, unseen: error}", ("'town'", "4 rows", "row 0"), "unseen", new=FRAME.with_columns(town=pl.lit(LONG))),
    Case("long known", "- {op: ordinal, columns: town, unseen: error}", ("'town'", "4 rows", "row 0"), "unseen", FRAME.with_columns(town=pl.lit(LONG)), FRAME),
    Case("long in a query", "- {op: sql, query: 'SELECT y, CAST(town AS INT) AS n FROM df'}", ("town", "INT32"), "try_cast", FRAME.with_columns(town=pl.lit(LONG))),
    Case("long cell for a number", "- {op: scale, columns: age}", ("'age'", "row 0"), "number", new=FRAME.with_columns(age=pl.lit(LONG)), where="Column"),
]  # fmt: skip

CASES = [
    *COLUMNS_THAT_ARE_GONE,
    *CELLS_THAT_CANNOT_BE_READ,
    *CATEGORIES_THAT_ARE_NEW,
    *CODE_IN_EXPRESSIONS,
    *QUERIES_THAT_WRITE,
    *CELLS_OF_A_MEGABYTE,
]


def refusal(work: Callable[[], Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        work()
    return caught.value


def judge(message: str, hint: str | None, case: Case) -> None:
    assert hint
    assert case.hint in hint
    for part in (case.step, *case.says):
        assert part in message
    assert len(message) + len(hint) < LONGEST


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:60])
def test_python_says_what_is_wrong(case: Case) -> None:
    def work() -> None:
        fitted = Recipe.from_yaml(case.recipe).learn(case.rows, SCHEMA)
        if case.new is not None:
            fitted_on.append(case.name)
            fitted.transform(case.new)

    fitted_on: list[str] = []
    error = refusal(work)
    judge(error.message, error.hint, case)
    assert bool(fitted_on) == (case.new is not None)


class TestOneRow:
    """What a table is refused for, a row is: the step, the column, the value and the way out."""

    @pytest.mark.parametrize(
        ("step", "row", "says", "hint"),
        [
            ("scale, columns: age", {}, ("no column 'age'; step 1 (scale)",), "None if it is missing"),
            ("scale, columns: age", {"age": "old"}, ("Step 1 (scale)", "another type"), "Conform the row"),
            ("one_hot, columns: town, unseen: error", {"town": "zz"}, ("Step 1 (one_hot)", "'zz'", "'town'"), "another `unseen`"),
            ("ordinal, columns: town, missing: error", {"town": None}, ("Step 1 (ordinal)", "'town' is missing"), "fill_missing"),
            ("cast, columns: town, to: number", {"town": LONG}, ("Step 1 (cast)", "'town'", "no number"), "errors: missing"),
            ("date_parts, columns: town, format: '%Y'", {"town": LONG}, ("Step 1 (date_parts)", "'town'", "'%Y'"), "errors: missing"),
            ("validate_timestamps, columns: town, format: '%Y'", {"town": LONG}, ("Step 1 (validate_timestamps)", "'town'"), "policy"),
            ("flatten_structured, columns: town", {"town": f'{{"k": "{LONG}"}}'}, ("Step 1 (flatten_structured)", "'town'"), "errors: missing"),
        ],
    )  # fmt: skip
    def test_row_says_what_is_wrong(self, step: str, row: dict[str, Any], says: tuple[str, ...], hint: str) -> None:
        fine = {
            "date_parts": ["2023", "2024"],
            "validate_timestamps": ["2024"],
            "cast": ["1"],
            "flatten_structured": ['{"k": 1}'],
        }
        town = (fine.get(step.partition(",")[0], ["a"]) * FRAME.height)[: FRAME.height]
        training = FRAME.with_columns(town=pl.Series(town))
        run = Recipe.from_yaml(f"- {{op: {step}}}").learn(training, SCHEMA).row()
        given = dict.fromkeys(FRAME.columns) | row
        error = refusal(lambda: run(given if row else {}))
        assert hint in str(error.hint)
        assert all(part in error.message for part in says), error.message
        assert len(str(error)) < LONGEST


#: One step of most families, for tables that have nothing to learn from.
MANY = """
- {op: fill_missing, columns: kind:numeric}
- {op: missing_indicator, columns: kind:numeric, always: true}
- {op: clip_outliers, columns: [age]}
- {op: quantile_transform, columns: [age]}
- {op: power_transform, columns: [age]}
- {op: scale, columns: [age]}
- {op: derive, name: twice, expression: age * 2 - avg(age)}
- {op: bin, columns: [twice]}
- {op: group_rare, columns: [town, price]}
- {op: one_hot, columns: [town], unseen: keep, missing: keep}
- {op: text_statistics, columns: [price], keep: true}
- {op: hash_encode, columns: [price], n_features: 4}
- {op: date_parts, columns: [day], format: "%Y-%m-%d", parts: all}
"""
#: The same with steps that other rows come out of.
RESHAPED = """
- {op: unpivot, columns: [price, day]}
- {op: group_by, by: [town], aggregations: {age: [mean, count], value: [most_frequent]}}
- {op: scale, columns: age_mean}
- {op: sort, columns: town}
"""


@pytest.mark.parametrize("recipe", [MANY, RESHAPED], ids=["many", "reshaped"])
@pytest.mark.parametrize("kind", ["no rows", "nothing but missing values"])
def test_nothing_to_learn_from_is_no_problem(recipe: str, kind: str) -> None:
    nothing = [pl.lit(None, dtype).alias(name) for name, dtype in FRAME.schema.items()]
    training = (FRAME.head(0) if kind == "no rows" else FRAME.with_columns(nothing)).drop("y")
    later = FRAME.drop("y").with_columns(day=pl.lit("2024-01-31"))
    fitted = Recipe.from_yaml(recipe).learn(training, SCHEMA.drop(["y"]))
    for rows in (training, later, later.head(0)):
        after = fitted.transform(rows)
        assert after.columns == list(fitted.output_schema.names)
        assert recipe is RESHAPED or after.height == rows.height


def test_ten_thousand_columns() -> None:
    """Each column is looked up, learnt from and made without walking through all the others."""
    names = [f"c{number}" for number in range(10_000)]
    frame = pl.DataFrame({name: [1.0, None, float(place)] for place, name in enumerate(names)})
    schema = Schema(tuple(Column(name, "Float64", Kind.NUMERIC) for name in names))
    fitted = Recipe.from_yaml("- {op: scale, columns: all}").learn(frame, schema)
    after = fitted.transform(frame)
    assert after.columns == names
    assert after["c9999"].to_list() == pytest.approx([-1, None, 1])
    for recipe, says in {
        "- {op: scale, columns: c10000}": "Step 1 (scale): There is no column 'c10000'.",
        "- {op: pairs, columns: all}": "2000 are the most",
    }.items():
        error = refusal(lambda: Recipe.from_yaml(recipe).learn(frame, schema))  # noqa: B023 - called at once
        assert says in error.message
        assert len(str(error)) < LONGEST
    error = refusal(lambda: fitted.transform(frame.drop(names[5:])))
    assert "lacks 'c5', 'c6', 'c7', 'c8', 'c9' …; step 1 (scale) works on 'c5'" in error.message


def test_not_all_of_many_columns_are_listed() -> None:
    frame = pl.DataFrame({f"v{place}": [[1.0], [1.0] * (1 + (place == 150))] for place in range(200)})
    schema = Schema(tuple(Column(name, "List(Float64)", Kind.NESTED) for name in frame.columns))
    error = refusal(lambda: Recipe.from_yaml("- {op: explode, columns: all}").learn(frame, schema))
    says = "'v0', 'v1', 'v2', 'v3', 'v4' … are of different lengths in 1 rows: row 1 (1 and 2)."
    assert error.message == f"Step 1 (explode): The arrays of {says}"
    assert "one after the other" in str(error.hint)


@pytest.mark.parametrize(
    "case",
    [
        COLUMNS_THAT_ARE_GONE[0],
        CELLS_THAT_CANNOT_BE_READ[0],
        CATEGORIES_THAT_ARE_NEW[0],
        CODE_IN_EXPRESSIONS[0],
        QUERIES_THAT_WRITE[0],
        CELLS_OF_A_MEGABYTE[0],
    ],
    ids=lambda case: case.name[:40],
)
def test_command_says_the_same(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(rows: pl.DataFrame, *more: str) -> object:
        rows.write_parquet(tmp_path / "rows.parquet")
        with pytest.raises(SystemExit) as ended:
            main(["prepare", f"{tmp_path}/rows.parquet", "--fitted", f"{tmp_path}/fitted", "--quiet", *more])
        return ended.value.code

    (tmp_path / "recipe.yaml").write_text(case.recipe)
    fitting = ["--recipe", f"{tmp_path}/recipe.yaml", "--target", "y", "--out", f"{tmp_path}/first.parquet"]
    code = prepare(case.rows, *fitting)
    if case.new is not None:
        assert code == 0
        code = prepare(case.new, "--out", f"{tmp_path}/out.parquet")
    assert code == 2
    message, _, hint = capsys.readouterr().err.removeprefix("Error: ").partition(" Hint: ")
    judge(message, hint, case)
    assert not (tmp_path / "out.parquet").exists()
    assert (tmp_path / "first.parquet").exists() == (case.new is not None)
