"""Every built-in transform of Data Wrangler, with its options, as a step that does what is documented."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from sklearn.decomposition import PCA
from tests.parity.page import capability, not_yet
from tests.parity.rows import made, prepared, values

from clew.core.errors import ClewError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.recipe import Recipe

SIX = [1.0, 2.0, 3.0, 4.0, 5.0, 100.0]


@capability(
    "2b",
    "Join: left outer, left anti, left semi, right outer, inner, full outer, cross; several keys",
    "[join](steps/join.md#join), [filter_by_table](steps/join.md#filter_by_table)",
    "A join that would multiply rows is refused unless allowed; as-of joins with `aggregate_related`.",
    better=True,
)
@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ("inner", 2),
        ("left_outer", 3),
        ("right_outer", 3),
        ("full_outer", 4),
        ("left_semi", 2),
        ("left_anti", 1),
        ("cross", 9),
    ],
)
def test_join(how, rows):
    table = "[{k: a, l: 1, v: 1}, {k: b, l: 1, v: 2}, {k: z, l: 1, v: 3}]"
    columns = "[]" if how == "cross" else "[k, l]"
    recipe = f"- {{op: join, columns: {columns}, table: {table.replace('k:', 'm:').replace('l:', 'n:') if how == 'cross' else table}, how: {how}}}"
    assert len(made(recipe, k=["a", "b", "c"], l=[1, 1, 1])) == rows


@capability("2b", "Concatenate: remove duplicates, name the source", "[concatenate](steps/concatenate.md#concatenate)")
def test_concatenate():
    after = made("- {op: concatenate, table: [{a: 1}, {a: 9}], remove_duplicates: true, source: origin}", a=[1, 2])
    assert after["a"].to_list() == [1, 2, 9]
    assert after["origin"].to_list() == ["first", "first", "second"]


@capability(
    "2b",
    "Balance data: random oversampling, undersampling, SMOTE",
    "[balance](steps/balance.md#balance)",
    "In fitting only, within each fold: copies and mixtures never stand on both sides of a split.",
    better=True,
)
@pytest.mark.parametrize(("method", "rows"), [("oversample", 48), ("undersample", 16), ("smote", 48)])
def test_balance(method, rows):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=32), "town": ["a", "b"] * 16, "y": ["no"] * 24 + ["yes"] * 8})
    done = prepared(f"- {{op: balance, method: {method}}}", frame, "y")
    assert len(done.frame) == rows
    assert (done.target == "yes").sum() == rows / 2
    if method == "smote":
        real = frame.filter(pl.col("y") == "yes")["x"]
        assert done.frame["x"][32:].is_between(real.min(), real.max()).all()


@capability(
    "2b",
    "Custom transform: Python function, pandas, SQL",
    "[python](steps/custom.md#python), [python_table](steps/custom.md#python_table), [sql](steps/sql.md#sql)",
    "Functions of installed packages by name and with trust, so that a recipe stays data; SQL cannot write or reach files.",
    better=True,
)
def test_custom_code():
    pytest.importorskip("duckdb")
    sql = "- op: sql\n  query: SELECT town, sum(x) AS total FROM df GROUP BY ALL ORDER BY ALL"
    assert made(sql, town=["a", "b", "a"], x=[1.0, 2.0, 3.0]).rows() == [("a", 4.0), ("b", 2.0)]
    with pytest.raises(ClewError):
        made("- {op: sql, query: DROP TABLE df}", x=[1])
    code = Recipe.from_yaml("- {op: python, columns: a, function: 'tests.prepare.own_code:changing', engine: pandas}")
    after = code.trusting("tests.prepare.own_code:changing").prepare(pl.DataFrame({"a": [1.0, 2.0]})).frame
    assert after["zero"].to_list() == [0.0, 0.0]


not_yet(
    "2b", "Custom transform: PySpark", "Write a function over Polars or pandas; a fitted recipe itself runs on Spark."
)


@capability(
    "2b",
    "Custom formula",
    "[derive](steps/expressions.md#derive)",
    "Any column name; the expression is read, never run as code; the same on one row.",
    better=True,
)
def test_custom_formula():
    recipe = "- {op: derive, name: per head, expression: '`total cost` / heads'}"
    assert values(recipe, "per head", **{"total cost": [10.0, 9.0], "heads": [2, 0]}) == [5.0, float("inf")]
    with pytest.raises(ClewError):
        made("- {op: derive, name: z, expression: \"__import__('os').system('ls')\"}", x=[1])


FORMULAS = {
    "Add": ("a + b", [3.0, 1.0]), "Subtract": ("a - b", [-1.0, -5.0]), "Multiply": ("a * b", [2.0, -6.0]),
    "Divide": ("a / b", [0.5, -2 / 3]), "Mod": ("mod(5, b)", [1.0, 2.0]), "Abs": ("abs(a)", [1.0, 2.0]),
    "Negate": ("negate(a)", [-1.0, 2.0]), "Exp": ("exp(a)", [np.e, np.exp(-2)]), "Log": ("log10(100)", [2.0, 2.0]),
    "Ln": ("ln(b)", [np.log(2), np.log(3)]), "Pow": ("pow(b, 2)", [4.0, 9.0]), "If": ("if(a > 0, 1, 0)", [1.0, 0.0]),
    "And": ("a > 0 and b > 0", [True, False]), "Or": ("a > 0 or b > 0", [True, True]), "Not": ("not (a > 0)", [False, True]),
    "Case": ("case(a > 0, 'up', 'down')", ["up", "down"]), "Comparisons": ("a <= 1 and b != 2 or a = 1", [True, True]),
    "sum": ("sum(b)", [5.0, 5.0]), "min": ("min(a)", [-2.0, -2.0]), "max": ("max(a)", [1.0, 1.0]), "avg": ("avg(b)", [2.5, 2.5]),
    "stddev": ("stddev(b)", [0.5**0.5] * 2), "std": ("std(b)", [0.5**0.5] * 2), "stddev_pop": ("stddev_pop(b)", [0.5, 0.5]),
    "variance": ("variance(b)", [0.5, 0.5]), "variance_pop": ("variance_pop(b)", [0.25, 0.25]),
    "approx_count_distinct": ("approx_count_distinct(b)", [2, 2]), "count": ("count(a)", [2, 2]),
    "first": ("first(a)", [1.0, 1.0]), "last": ("last(a)", [-2.0, -2.0]),
}  # fmt: skip


@capability(
    "1e",
    "Formula functions",
    "[derive](steps/expressions.md#derive), [expressions](expressions.md)",
    "All of them; aggregates are learnt from training rows, also `avg(x by group)`.",
    better=True,
)
@pytest.mark.parametrize("function", FORMULAS)
def test_formula_functions(function):
    expression, expected = FORMULAS[function]
    got = values(f'- {{op: derive, name: z, expression: "{expression}"}}', "z", a=[1.0, -2.0], b=[2.0, 3.0])
    assert got == (pytest.approx(expected) if isinstance(expected[0], float) else expected)


@capability(
    "1e",
    "Model recipe",
    "a recipe in YAML",
    "Text that can be compared, with parameters and variants; any step can be edited, moved or removed.",
    better=True,
)
def test_model_recipe(tmp_path):
    recipe = Recipe.from_yaml(
        "- {op: drop, columns: b}\n- {op: filter, condition: a > 1}\n- {op: rename, names: {a: c}}"
    )
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert recipe.prepare(pl.DataFrame({"a": [1, 2, 3], "b": [0, 0, 0]})).frame["c"].to_list() == [2, 3]


not_yet(
    "1e",
    "Model comparison & what-if",
    "`clew predict` and `clew evaluate` answer by command; the form with editable values belongs to the studio.",
)


@capability(
    "2c",
    "Dimensionality reduction → PCA: number of components or variance threshold, center, scale, prefix, keep",
    "[pca](steps/reduction.md#pca)",
)
def test_pca():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    columns = {name: rows[:, i] for i, name in enumerate("abc")}
    after = made("- {op: pca, columns: [a, b, c], n_components: 2, scale: false, prefix: p, keep: true}", **columns)
    theirs = PCA(2, svd_solver="full").fit_transform(rows)
    np.testing.assert_allclose(np.abs(after.select("p_1", "p_2").to_numpy()), np.abs(theirs), atol=1e-6)
    assert made("- {op: pca, columns: [a, b, c], variance_threshold: 0.95}", **columns).width == 3


@capability(
    "2c",
    "Encode categorical → Ordinal: invalid handling skip, keep, error, NaN",
    "[ordinal](steps/categorical.md#ordinal)",
    "Skipping rows is a step of its own (`drop_missing`), in fitting only.",
)
def test_ordinal():
    frame = pl.DataFrame({"x": ["b", "a", "c"]})
    new = pl.DataFrame({"x": ["zzz"]})
    assert prepared("- {op: ordinal, columns: x}", frame).frame["x"].to_list() == [1, 0, 2]
    ranks = {
        u: prepared(f"- {{op: ordinal, columns: x, unseen: {u}}}", frame).recipe for u in ("missing", "error", "keep")
    }
    assert ranks["missing"].transform(new)["x"].to_list() == [None]
    assert ranks["keep"].transform(new)["x"].to_list() == [3]
    with pytest.raises(ClewError, match="zzz"):
        ranks["error"].transform(new)


@capability(
    "2c",
    "→ One-hot: drop last category, invalid handling, vector or columns",
    "[one_hot](steps/categorical.md#one_hot), [assemble](steps/vectors.md#assemble)",
)
def test_one_hot():
    after = made("- {op: one_hot, columns: x, drop_last: true}", x=["a", "b", "a"])
    assert after.columns == ["x=a"]
    vector = "- {op: one_hot, columns: x}\n- {op: assemble, columns: ['x=a', 'x=b'], name: v}"
    assert values(vector, "v", x=["a", "b"]) == [[1.0, 0.0], [0.0, 1.0]]


@capability(
    "2c",
    "→ Similarity: 3-grams, min-hash, target dimension 30",
    "[similarity_encode](steps/similarity.md#similarity_encode)",
)
def test_similarity():
    after = made("- {op: similarity_encode, columns: x}", x=["Bergen", "Bergenn", "Lyon"])
    assert after.width == 30
    near, far = ((after.to_numpy()[0] == after.to_numpy()[row]).mean() for row in (1, 2))
    assert near > far


@capability("2c", "Featurize text → Character statistics", "[text_statistics](steps/text.md#text_statistics)")
def test_character_statistics():
    figures = "[words, characters, upper_share, lower_share, digit_share, punctuation_share]"
    after = made(f"- {{op: text_statistics, columns: t, figures: {figures}}}", t=["Ab 1!"])
    assert after.row(0, named=True) == pytest.approx(
        {
            "t_words": 2,
            "t_characters": 5,
            "t_upper_share": 0.2,
            "t_lower_share": 0.2,
            "t_digit_share": 0.2,
            "t_punctuation_share": 0.2,
        }
    )


@capability(
    "2c",
    "→ Vectorize: tokenizer, count or hashing, document frequencies, vocabulary, binary, IDF",
    "[vectorize_text](steps/text_terms.md#vectorize_text); [text_svd](steps/text_svd.md#text_svd) for few columns",
    "At most 1000 terms unless more are asked for; names of terms stay readable.",
)
def test_vectorize():
    after = made("- {op: vectorize_text, columns: t}", t=["red red", "red blue", "green"])
    assert after.sum().row(0, named=True) == {"t=red": 3, "t=blue": 1, "t=green": 1}
    options = (
        "tokenizer: custom, pattern: '[a-z]+', gaps: false, binary: true, idf: true, idf_min_document_frequency: 1"
    )
    weights = made(f"- {{op: vectorize_text, columns: t, {options}}}", t=["red red", "red blue", "green"])
    assert weights["t=blue"].to_list() == pytest.approx([0, np.log(4 / 2), 0], rel=1e-6)
    assert made("- {op: vectorize_text, columns: t, vectorizer: hashing, n_features: 8}", t=["red"]).width == 8


@capability(
    "2c",
    "Time series → Group by",
    "[group_by](steps/grouping.md#group_by)",
    "Lists in the order of time, with start and end; and every usual aggregate.",
    better=True,
)
def test_group_by():
    recipe = "- {op: group_by, by: g, aggregations: {x: [list, mean]}, time: t, span: true}"
    after = made(recipe, g=["a", "b", "a"], x=[2.0, 5.0, 1.0], t=[date(2024, 1, d) for d in (2, 1, 1)])
    assert after.sort("g").select("x_list", "x_mean").rows() == [([1.0, 2.0], 1.5), ([5.0], 5.0)]
    assert after.sort("g")["t_start"].to_list() == [date(2024, 1, 1)] * 2


DAYS = [datetime(2024, 1, d) for d in (1, 2, 4)]


@capability(
    "2c", "→ Resample: down and up, aggregates, interpolation, several series", "[resample](steps/resample.md#resample)"
)
def test_resample():
    up = made("- {op: resample, columns: x, unit: day, time: t, fill: interpolate}", t=DAYS, x=[1.0, 2.0, 4.0])
    assert up["x"].to_list() == [1, 2, 3, 4]
    down = made("- {op: resample, columns: x, unit: week, time: t, numeric: median}", t=DAYS, x=[1.0, 2.0, 4.0])
    assert down["x"].to_list() == [2.0]


@capability(
    "2c",
    "→ Handle missing, along a column or within a cell",
    "[fill_along_time](steps/gaps.md#fill_along_time), [fill_array](steps/inside_arrays.md#fill_array), [fill_missing](steps/missing.md#fill_missing)",
    "A series above a threshold is left out with `max_missing`.",
)
def test_missing_in_series():
    recipe = "- {op: fill_along_time, columns: x, method: interpolate, time: t}"
    assert values(recipe, "x", t=[datetime(2024, 1, d) for d in (1, 2, 3)], x=[1.0, None, 3.0]) == [1, 2, 3]
    arrays = {m: f"- {{op: fill_array, columns: a, method: {m}}}" for m in ("forward", "backward", "most_frequent")}
    assert values(arrays["forward"], "a", a=[[1.0, None, 3.0]]) == [[1, 1, 3]]
    assert values(arrays["backward"], "a", a=[[1.0, None, 3.0]]) == [[1, 3, 3]]
    assert values("- {op: fill_array, columns: a, method: constant, value: 0}", "a", a=[[1.0, None]]) == [[1, 0]]
    assert len(made("- {op: fill_array, columns: a, max_missing: 0.4}", a=[[1.0, None], [1.0, 2.0]])) == 1


@capability(
    "2c",
    "→ Validate timestamps: drop, indicate, error; cast",
    "[validate_timestamps](steps/timestamps.md#validate_timestamps)",
)
def test_validate_timestamps():
    texts = ["2024-01-02", "never", "2024-01-03"]
    step = "- {op: validate_timestamps, columns: t, format: '%Y-%m-%d', policy: POLICY}"
    assert made(step.replace("POLICY", "indicate"), t=texts).row(1)[1] is True
    assert len(made(step.replace("POLICY", "drop"), t=texts)) == 2
    with pytest.raises(ClewError, match="row 1|1 of 3"):
        made(step.replace("POLICY", "error"), t=texts)


@capability(
    "2c",
    "→ Standardize length: cutoff quantile, pad, truncate, flatten",
    "[standardize_length](steps/arrays.md#standardize_length)",
)
def test_standardize_length():
    recipe = "- {op: standardize_length, columns: a, cutoff_quantile: 0.5, flatten: true}"
    assert made(recipe, a=[[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]]).rows() == [(1, None), (1, 2), (1, 2)]


@capability(
    "2c",
    "→ Extract features: minimal, efficient, all, a list",
    "[extract_features](steps/inside_arrays.md#extract_features)",
    "Minimal, all that are cheap, or a list; no fifty features of which forty are noise.",
)
def test_extract_features():
    after = made("- {op: extract_features, columns: a}", a=[[1.0, 2.0, 3.0]])
    assert after.width == 8
    assert after.row(0, named=True)["a_maximum"] == 3
    assert made("- {op: extract_features, columns: a, features: all}", a=[[1.0, 2.0, 3.0]]).width > 20


@capability("2c", "→ Lag features: lag, entire window, drop rows without history", "[lag](steps/lags.md#lag)")
def test_lag():
    t = [datetime(2024, 1, d) for d in (1, 2, 3)]
    after = made(
        "- {op: lag, columns: x, lags: 2, entire_window: true, time: t, drop_without_history: true}", t=t, x=[1, 2, 3]
    )
    assert after.select("x_lag_1", "x_lag_2").rows() == [(2, 1)]


@capability("2c", "→ Datetime range", "[datetime_range](steps/timestamps.md#datetime_range)")
def test_datetime_range():
    got = values("- {op: datetime_range, name: t, start: 2024-01-31, unit: month}", "t", x=[1, 2])
    assert [moment.date() for moment in got] == [date(2024, 1, 31), date(2024, 2, 29)]


@capability(
    "2c",
    "→ Rolling window features",
    "[rolling](steps/rolling.md#rolling)",
    "By rows or by time, with or without the present row, so that no future leaks.",
    better=True,
)
def test_rolling():
    t = [datetime(2024, 1, d) for d in (1, 2, 3)]
    recipe = "- {op: rolling, columns: x, window: 2, functions: [mean], time: t, exclude_present: true}"
    assert made(recipe, t=t, x=[1.0, 2.0, 4.0]).to_series(2).to_list() == [None, 1.0, 1.5]


@capability(
    "2c",
    "Featurize date/time: format, unix units, ordinal or cyclic, vector or columns",
    "[date_parts](steps/dates.md#date_parts), [fourier](steps/elapsed.md#fourier)",
)
def test_date_parts():
    after = made("- {op: date_parts, columns: t, parts: [month, weekday], cyclic: true}", t=[datetime(2024, 4, 1)])
    assert after.width == 4
    assert values("- {op: date_parts, columns: t, parts: [year], unit: ms}", "t_year", t=[1_700_000_000_000]) == [2023]
    assert values("- {op: date_parts, columns: t, parts: [day], format: '%d-%m-%Y'}", "t_day", t=["03-02-2024"]) == [3]


FORMATS = {
    "left_pad, width: 4, fill: '*'": "*aBc", "right_pad, width: 4, fill: '*'": "aBc*", "center_pad, width: 5, fill: '*'": "*aBc*",
    "left_pad, width: 2": "aB", "prepend_zeros, width: 5": "00aBc", "lower": "abc", "upper": "ABC", "capitalize": "Abc",
    "swap_case": "AbC", "add_affixes, prefix: '<', suffix: '>'": "<aBc>", "remove_symbols, characters: B": "ac",
}  # fmt: skip


@capability(
    "2c",
    "Format string: pads, zeros, strips, case, prefix or suffix, symbols",
    "[format_string](steps/strings.md#format_string)",
)
@pytest.mark.parametrize("operation", FORMATS)
def test_format_string(operation):
    recipe = f"- {{op: format_string, columns: x, operation: {operation}}}"
    assert values(recipe, "x", x=["aBc", None]) == [FORMATS[operation], None]
    assert values("- {op: format_string, columns: x, operation: strip}", "x", x=[" a "]) == ["a"]
    assert values("- {op: format_string, columns: x, operation: strip_left}", "x", x=[" a "]) == ["a "]


OUTLIERS = {
    "Robust standard deviation": "method: robust_std, factor: 5", "Standard deviation": "method: std, factor: 2",
    "Quantile": "method: quantiles, lower: 0.0, upper: 0.9", "Min-max": "method: range, lower: 0, upper: 50",
}  # fmt: skip


@capability(
    "2c",
    "Handle outliers → Robust standard deviation, Standard deviation, Quantile, Min-max; clip, remove, invalidate",
    "[clip_outliers, remove_outliers, invalidate_outliers](steps/outliers.md)",
    "Removing acts in fitting only; also by interquartile ranges.",
)
@pytest.mark.parametrize("rule", OUTLIERS)
def test_outliers(rule):
    x = [float(i) for i in range(20)] + [1000.0]
    options = OUTLIERS[rule]
    assert values(f"- {{op: clip_outliers, columns: x, {options}}}", "x", x=x)[-1] < 1000
    assert values(f"- {{op: invalidate_outliers, columns: x, {options}}}", "x", x=x)[-1] is None
    assert 1000 not in values(f"- {{op: remove_outliers, columns: x, {options}}}", "x", x=x)


@capability(
    "2c",
    "→ Replace rare: replacement, absolute and fraction threshold, max common categories",
    "[group_rare](steps/rare.md#group_rare)",
)
def test_replace_rare():
    x = ["a"] * 6 + ["b"] * 3 + ["c"]
    assert values("- {op: group_rare, columns: x, min_count: 1, at_limit: group, other: rest}", "x", x=x)[-1] == "rest"
    assert values("- {op: group_rare, columns: x, min_share: 0.3, at_limit: group}", "x", x=x)[6:] == ["other"] * 4
    assert values("- {op: group_rare, columns: x, max_categories: 1}", "x", x=x)[6:] == ["other"] * 4


@capability(
    "2c",
    "Handle missing → Fill, Impute, Indicator, Drop",
    "[fill_missing, missing_indicator, drop_missing](steps/missing.md), [iterative_impute](steps/imputation.md)",
    "Exact medians; nearest relations by regressions that take turns.",
    better=True,
)
def test_missing():
    x = [1.0, None, 3.0, 8.0]
    for strategy, expected in (("mean", 4.0), ("median", 3.0)):
        assert values(f"- {{op: fill_missing, columns: x, strategy: {strategy}}}", "x", x=x)[1] == expected
    assert values("- {op: fill_missing, columns: x, strategy: most_frequent}", "x", x=["a", None, "a", "b"])[1] == "a"
    assert values("- {op: fill_missing, columns: x, strategy: constant, value: 7}", "x", x=x)[1] == 7
    assert values("- {op: missing_indicator, columns: x}", "x_missing", x=x) == [False, True, False, False]
    assert len(made("- {op: drop_missing, columns: x}", x=x)) == 3


@capability("2c", "Manage columns: drop, duplicate, rename, move", "[drop, duplicate, rename, move](steps/columns.md)")
def test_columns():
    assert made("- {op: move, columns: c, to: start}", a=[1], b=[2], c=[3]).columns == ["c", "a", "b"]
    assert made("- {op: move, columns: a, to: after, column: c}", a=[1], b=[2], c=[3]).columns == ["b", "c", "a"]
    recipe = "- {op: duplicate, columns: a}\n- {op: rename, names: {a: z}}\n- {op: drop, columns: b}"
    assert made(recipe, a=[1], b=[2]).columns == ["z", "a_copy"]


@capability(
    "2c",
    "Manage rows: sort, shuffle, drop duplicates",
    "[sort, shuffle, drop_duplicates](steps/rows.md)",
    "In fitting only: rows to predict keep their places.",
)
def test_rows():
    assert values("- {op: sort, columns: a, ascending: false}", "a", a=[1, 3, 2]) == [3, 2, 1]
    assert sorted(values("- {op: shuffle, seed: 1}", "a", a=[1, 3, 2])) == [1, 2, 3]
    assert values("- {op: drop_duplicates, columns: all}", "a", a=[1, 1, 2]) == [1, 2]


@capability("2c", "Manage vectors: assemble, flatten", "[assemble, flatten](steps/vectors.md)")
def test_vectors():
    recipe = "- {op: assemble, columns: [a, b], name: v}\n- {op: flatten, columns: v, prefix: w}"
    assert made(recipe, a=[1.0], b=[2.0]).row(0, named=True) == {"w_0": 1.0, "w_1": 2.0}


@capability(
    "2c",
    "Process numeric: standard, robust, min-max, max-absolute scalers",
    "[scale](steps/numeric.md#scale)",
    "Also power and quantile transforms.",
    better=True,
)
@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("standard", lambda v: v.mean()),
        ("minmax", lambda v: v.min()),
        ("maxabs", lambda v: np.abs(v).max() - 1),
        ("robust", np.median),
    ],
)
def test_scalers(method, check):
    got = np.array(values(f"- {{op: scale, columns: x, method: {method}}}", "x", x=SIX))
    assert check(got) == pytest.approx(0)


@capability(
    "2c",
    "Sampling: limit, randomized, stratified",
    "[sample](steps/sampling.md#sample)",
    "Exact sizes; strata within one row of their share.",
    better=True,
)
def test_sampling():
    assert values("- {op: sample, method: limit, size: 2}", "a", a=[1, 2, 3]) == [1, 2]
    assert len(made("- {op: sample, share: 0.5, seed: 3}", a=list(range(10)))) == 5
    after = made("- {op: sample, method: stratified, share: 0.5, by: [g]}", g=["a"] * 8 + ["b"] * 4)
    assert after["g"].value_counts().sort("g")["count"].to_list() == [4, 2]


EDITS = {
    "find, substring: b": 1, "find_from_right, substring: b": 3, "matches_prefix, pattern: ab": True, "find_all, pattern: b": ["b", "b"],
    "extract, pattern: '[0-9]+'": "12", "extract_between, left_delimiter: a, right_delimiter: a": "b",
    "extract_from_position, start: 1, length: 2": "ba", "replace, pattern: b, replacement: X": "aXaX12",
    "replace_between, left_delimiter: a, right_delimiter: a, replacement: X": "aXab12",
    "replace_from_position, start: 4, length: 2, replacement: X": "ababX", "regex_to_missing, pattern: '[a-z]+'": None,
    "split, delimiter: b": ["a", "a", "12"],
}  # fmt: skip


@capability(
    "2c",
    "Search and edit: find, extract, replace, split, regex → missing",
    "[search_and_edit](steps/strings.md#search_and_edit)",
    "A regular expression that cannot hang, the same on one row.",
    better=True,
)
@pytest.mark.parametrize("operation", EDITS)
def test_search_and_edit(operation):
    recipe = f"- {{op: search_and_edit, columns: x, operation: {operation}}}"
    assert made(recipe, x=["abab12"]).to_series(-1).to_list() == [EDITS[operation]]


@capability(
    "2c",
    "Split data: randomized, ordered, stratified, by key",
    "`split` in clew.yaml: holdout, folds, stratify, gap; roles group and time",
    "One declared structure for every split of a project; groups and time are never crossed.",
    better=True,
)
def test_split():
    from clew.collect.split import SplitSpec, Structure, holdout

    groups = np.repeat(np.arange(20), 5)
    by_group = holdout(Structure(100, groups=groups), SplitSpec(), 0)
    assert not set(groups[by_group.train]) & set(groups[by_group.test])
    time = np.arange(100).astype("datetime64[D]").astype("datetime64[us]")
    ordered = holdout(Structure(100, time=time), SplitSpec(), 0)
    assert ordered.train.max() < ordered.test.min()
    strata = holdout(Structure(100, target=np.repeat([0, 1], [90, 10]), stratify=True), SplitSpec(), 0)
    assert np.repeat([0, 1], [90, 10])[strata.test].sum() == 2


@capability(
    "2c",
    "Parse value as type",
    "[cast](steps/convert.md#cast)",
    "Cells that cannot be read stop with their number and rows, or become missing.",
    better=True,
)
def test_cast():
    assert values("- {op: cast, columns: x, to: integer}", "x", x=["1", "2"]) == [1, 2]
    assert values("- {op: cast, columns: x, to: date, format: '%d-%m-%Y'}", "x", x=["03-02-2024"]) == [date(2024, 2, 3)]
    assert values("- {op: cast, columns: x, to: boolean}", "x", x=["true", "false"]) == [True, False]
    with pytest.raises(ClewError, match="row 1"):
        made("- {op: cast, columns: x, to: number}", x=["1", "one"])


CHECKS = {
    "length_equals, length: 2": "ab", "starts_with, text: a": "ab", "ends_with, text: b": "ab", "is_alphanumeric": "a1", "is_alpha": "ab",
    "is_digit": "12", "is_space": "  ", "is_title": "Ab Cd", "is_lower": "ab", "is_upper": "AB", "is_numeric": "12", "is_decimal": "12",
}  # fmt: skip


@capability("2c", "Validate string", "[validate_string](steps/strings.md#validate_string)")
@pytest.mark.parametrize("check", CHECKS)
def test_validate_string(check):
    # Blanks are read as missing where types are inferred; here they are stated.
    schema = Schema((Column("x", "String", Kind.TEXT),))
    recipe = Recipe.from_yaml(f"- {{op: validate_string, columns: x, operation: {check}, output: ok}}")
    after = recipe.prepare(pl.DataFrame({"x": [CHECKS[check], "-!-"]}), schema).frame
    assert after["ok"].to_list() == [True, False]


@capability("2c", "Flatten structured (unnest JSON)", "[flatten_structured](steps/nested.md#flatten_structured)")
def test_unnest():
    after = made("- {op: flatten_structured, columns: j}", j=['{"a": 1, "b": "x"}', '{"a": 2}'])
    assert after.rows() == [(1, "x"), (2, None)]


@capability("2c", "Explode array", "[explode](steps/arrays.md#explode)")
def test_explode():
    assert made("- {op: explode, columns: a}", a=[[1, 2], [3]], b=["x", "y"]).rows() == [(1, "x"), (2, "x"), (3, "y")]


@capability(
    "2c",
    "Images",
    "[image_features](steps/images.md#image_features); folders of images as tables",
    "Edges and colours as figures; augmentation is not there.",
)
def test_images():
    from io import BytesIO

    image = pytest.importorskip("PIL.Image")
    file = BytesIO()
    image.new("RGB", (20, 20), "red").save(file, "PNG")
    after = made("- {op: image_features, columns: p, features: [color], color_bins: 2}", p=[file.getvalue()])
    assert after.row(0) == (0, 1, 1, 0, 1, 0)
