"""Intervals of a regression: how often they hold, how wide they are, and that a row has the bits of its table."""

import html
import math
import pickle

import numpy as np
import polars as pl
import pytest

import clew
from clew.cli import main
from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import ArtifactError, UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.deploy.bundle import load, save
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.train.automl import train
from clew.train.estimators.base import FittedEstimator
from clew.train.spread import GRID, LEVELS, Spread, between_levels, interval_levels, quantile_levels


def noisy(rows=1500, seed=0, start=None):
    """Return rows whose truth lies further from what can be known the larger `b` is, and further above than below."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.uniform(0, 1, rows)
    known = 10.0 + 2.0 * a
    frame = pl.DataFrame({"a": a, "b": b, "y": known + (0.2 + 3.0 * b) * (random.exponential(size=rows) - 0.5)})
    columns = [Column("a", "Float64", Kind.NUMERIC), Column("b", "Float64", Kind.NUMERIC)]
    if start is not None:
        frame = frame.with_columns(t=pl.datetime_range(start, start + np.timedelta64(rows - 1, "h"), "1h", eager=True))
        columns.append(Column("t", "Datetime", Kind.DATETIME, Role.TIME))
    return Dataset.of(
        frame.select(*(column.name for column in columns), "y"),
        Schema((*columns, Column("y", "Float64", Kind.NUMERIC, Role.TARGET))),
        "made up",
    )


@pytest.fixture(scope="module")
def fitted():
    from tests.train.conftest import _problem, _spec

    data = noisy()
    return train(data, _problem(data), _spec(trials=2, algorithms=("linear", "lightgbm")))


@pytest.fixture(scope="module")
def model(fitted):
    return fitted.model


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.98])
def test_new_rows_lie_within_as_often_as_was_asked(model, share):
    found = model.predict(noisy(4000, seed=1), interval=share)
    assert abs(((found.truth >= found.low) & (found.truth <= found.high)).mean() - share) < 0.035
    assert (found.low <= found.high).all()


def test_intervals_are_wide_where_little_is_known(model):
    fresh = noisy(2000, seed=2)
    found = model.predict(fresh, interval=0.9)
    width, b = found.high - found.low, fresh.frame["b"].to_numpy()
    assert width[b > 0.8].mean() > 3 * width[b < 0.2].mean()
    # What is exceeded by one in twenty lies further from the middle than what is not reached by one in twenty.
    low, middle, high = model.quantiles(fresh, (0.05, 0.5, 0.95)).T
    assert (high - middle).mean() > 2 * (middle - low).mean()
    inside = (found.truth >= found.low) & (found.truth <= found.high)
    assert 0.82 < inside[b > 0.8].mean() < 0.98


def test_intervals_beat_one_distance_for_all_rows(model):
    fresh = noisy(4000, seed=3)
    residual = fresh.frame["y"].to_numpy() - model.predict(fresh).prediction
    # The best constants, found on these very rows.
    same = [_pinball(residual - np.quantile(residual, level), level) for level in LEVELS]
    own = [_pinball(fresh.frame["y"].to_numpy() - model.quantiles(fresh, level)[:, 0], level) for level in LEVELS]
    assert sum(own) < 0.95 * sum(same)


def _pinball(over, level):
    return np.maximum(level * over, (level - 1) * over).mean()


def test_one_row_has_the_bits_of_its_table(model):
    fresh = noisy(40, seed=4)
    table = model.predict(fresh, interval=0.8)
    for position, row in enumerate(fresh.frame.drop("y").to_dicts()):
        one = model.predict_row(row, interval=0.8)
        assert (one.prediction, one.low, one.high) == tuple(
            float(values[position]) for values in (table.prediction, table.low, table.high)
        )
    assert model.predict_row(row).low is None
    assert model.predict(fresh).low is None
    alone = model.predict(fresh, interval=0.8, threads=1)
    assert alone.low.tobytes() == table.low.tobytes()


def test_how_often_they_hold_is_told_and_true(fitted, model):
    told = model.metadata["intervals"]
    assert told["share"] == 0.9
    assert told["coverage"]["low"] < 0.9 < told["coverage"]["high"] + 0.01
    assert told["coverage"]["rows"] == 900  # of 1500: three folds of five
    assert not told["same_for_all_rows"]
    found = model.predict(noisy(4000, seed=5), interval=0.9)
    assert abs((found.high - found.low).mean() / told["width"] - 1) < 0.1
    (finding,) = [finding for finding in fitted.findings if finding.code == "ME114"]
    assert "of 900 rows held out" in finding.detail


def test_the_same_comes_out_again_also_after_saving(model, tmp_path):
    fresh = noisy(50, seed=6)
    expected = model.predict(fresh, interval=0.9)
    bundle = load(save(model, tmp_path / "bundle"))
    for again in (bundle.model, pickle.loads(pickle.dumps(model))):  # noqa: S301 - made right here
        found = again.predict(fresh, interval=0.9)
        assert (found.low.tobytes(), found.high.tobytes()) == (expected.low.tobytes(), expected.high.tobytes())
    assert "lightgbm" in bundle.manifest.libraries
    assert load(save(model, tmp_path / "second")).id == bundle.id


def test_the_number_of_processors_decides_nothing(model, problem_of, quick_spec):
    data = noisy()
    for cpus in (1, 3):
        spec = quick_spec(trials=2, algorithms=("linear", "lightgbm"), cpus=cpus)
        again = train(data, problem_of(data), spec).model
        assert again.fingerprint == model.fingerprint


def test_few_rows_have_one_distance(make_table, problem_of, quick_spec):
    data = make_table("regression", rows=240)
    model = train(data, problem_of(data), quick_spec(trials=1)).model
    assert model.spread.members == ()
    found = model.predict(make_table("regression", rows=2000, seed=1), interval=0.9)
    assert np.ptp(found.high - found.low) < 1e-9
    assert 0.83 < ((found.truth >= found.low) & (found.truth <= found.high)).mean() < 0.97


def test_regressions_that_do_not_pay_are_left_out(problem_of, quick_spec):
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"a": random.normal(size=800)}).with_columns(y=pl.col("a") + random.normal(size=800))
    data = Dataset.of(
        frame,
        Schema((Column("a", "Float64", Kind.NUMERIC), Column("y", "Float64", Kind.NUMERIC, Role.TARGET))),
        "made up",
    )
    model = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",))).model
    assert model.metadata["intervals"]["same_for_all_rows"]


def test_no_quantile_lies_below_what_the_target_never_goes_below(problem_of, quick_spec):
    data = noisy(800)
    counts = Dataset.of(data.frame.with_columns(pl.col("y").clip(8, 20) - 8), data.schema, "made up")
    model = train(counts, problem_of(counts), quick_spec(trials=1, algorithms=("linear",))).model
    assert (model.quantiles(counts, 0.005) >= 0).all()


def test_validation_rows_and_a_single_fold_place_intervals(problem_of, quick_spec):
    data = noisy(900)
    spec = quick_spec(trials=1, algorithms=("lightgbm",))
    result = train(data, problem_of(data), spec, validation=noisy(700, seed=7))
    assert result.model.metadata["intervals"]["coverage"]["rows"] == 420
    found = result.model.predict(noisy(3000, seed=8), interval=0.9)
    assert 0.86 < ((found.truth >= found.low) & (found.truth <= found.high)).mean() < 0.94


def test_rows_in_time_are_placed_by_earlier_ones(problem_of, quick_spec):
    data = noisy(1800, start=np.datetime64("2026-01-01").astype("datetime64[us]").item())
    result = train(data, problem_of(data), quick_spec(trials=1, algorithms=("lightgbm",), split=SplitSpec(folds=4)))
    told = result.model.metadata["intervals"]
    assert 0.8 < told["coverage"]["value"] < 0.97
    assert told["coverage"]["rows"] <= result.score.rows


def test_the_latest_rows_judge_where_time_goes_forward(problem_of, quick_spec):
    start = np.datetime64("2026-01-01").astype("datetime64[us]").item()
    data = noisy(2400, start=start)
    # Of the last sixth nothing holds that held before.
    frame = data.frame.with_columns(y=pl.when(pl.int_range(pl.len()) < 2000).then("y").otherwise(pl.col("y") + 50.0))
    changed = Dataset.of(frame, data.schema, "made up")
    result = train(changed, problem_of(changed), quick_spec(trials=1, algorithms=("linear",)))
    assert result.model.metadata["intervals"]["coverage"]["value"] < 0.75


def test_two_steps_in_time_are_judged_by_other_rows(problem_of, quick_spec):
    start = np.datetime64("2026-01-01").astype("datetime64[us]").item()
    data = noisy(1500, start=start)
    result = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",), split=SplitSpec(folds=2)))
    assert 0.8 < result.model.metadata["intervals"]["coverage"]["value"] < 0.97


def test_levels_further_out_than_rows_can_tell_are_refused(make_table, problem_of, quick_spec):
    data = make_table("regression", rows=40)
    model = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",))).model
    model.predict(data, interval=0.9)
    with pytest.raises(UsageError, match="The level 0.99 takes 99 rows that judge the model, and 40 did"):
        model.predict(data, interval=0.98)


def test_a_quantile_does_not_depend_on_the_others_that_are_asked_for(model):
    fresh = noisy(50, seed=12)
    together = model.quantiles(fresh, (0.1, 0.5, 0.55, 0.9))
    for place, level in enumerate((0.1, 0.5, 0.55, 0.9)):
        assert (model.quantiles(fresh, level)[:, 0] == together[:, place]).all()


def test_weights_of_0_in_whole_groups_are_no_rows(problem_of, quick_spec):
    data = noisy(900)
    frame = data.frame.with_columns(g=pl.int_range(pl.len()) % 6, w=(pl.int_range(pl.len()) % 6 < 3).cast(pl.Float64))
    columns = (Column("g", "Int64", Kind.NUMERIC, Role.GROUP), Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT))
    stated = Dataset.of(frame, Schema((*data.schema, *columns)), "made up")
    result = train(stated, problem_of(stated), quick_spec(trials=1, algorithms=("linear",)))
    assert result.score.rows == 450


def test_a_few_heavy_rows_say_little(problem_of, quick_spec):
    data = noisy(900)
    weight = pl.Series("w", np.where(np.arange(900) % 300 == 0, 10_000.0, 1.0))
    schema = Schema((*data.schema, Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT)))
    stated = Dataset.of(data.frame.with_columns(weight), schema, "made up")
    model = train(stated, problem_of(stated), quick_spec(trials=1, algorithms=("linear",))).model
    assert model.spread is None
    assert clew.evaluate(model, stated).to_dict()["coverage"] is None


def test_many_rows_are_placed_in_parts(model, monkeypatch):
    fresh = noisy(500, seed=13)
    whole = model.quantiles(fresh, (0.1, 0.9))
    monkeypatch.setattr("clew.train.spread._CHUNK_ROWS", 64)
    assert (model.quantiles(fresh, (0.1, 0.9)) == whole).all()


def test_no_time_leaves_one_distance(monkeypatch, problem_of, quick_spec):
    from clew.train.finish import ending

    monkeypatch.setattr(ending, "_FORECAST_S", 3600.0)  # as if the limit were over
    data = noisy(900)
    spec = quick_spec(trials=None, time_limit_s=3, algorithms=("linear",))
    assert train(data, problem_of(data), spec).model.metadata["intervals"]["same_for_all_rows"]


def test_what_makes_no_sense_is_refused(model, binary, problem_of, quick_spec):
    fresh = noisy(10)
    for wrong in (0, 1, 1.5, True, "0.9", float("nan")):
        with pytest.raises(UsageError, match="The share of an interval is"):
            model.predict(fresh, interval=wrong)
    for wrong in ((), (0.5, 2), (0.5, (0.1,)), "0.5", None, 0.0):
        with pytest.raises(UsageError, match="The level of a quantile is"):
            model.quantiles(fresh, wrong)
    labels = train(binary, problem_of(binary), quick_spec(trials=1)).model
    with pytest.raises(UsageError, match="predicts labels of 'y'.*probabilities"):
        labels.predict(binary, interval=0.9)
    with pytest.raises(UsageError, match="predicts labels"):
        labels.predict_row({"a": 1.0, "b": 1.0, "c": "red"}, interval=0.9)


def test_a_continued_model_says_that_it_has_none(problem_of, quick_spec):
    data = noisy(900)
    first = train(data, problem_of(data), quick_spec(trials=1, algorithms=("lightgbm",))).model
    second = train(
        noisy(900, seed=9), problem_of(data), quick_spec(trials=1, algorithms=None, recipe=None, continue_from=first)
    ).model
    assert "intervals" not in second.metadata
    with pytest.raises(UsageError, match="keeps no intervals.*Train it anew"):
        second.predict(data, interval=0.9)


def test_levels_in_between_rise(model):
    found = between_levels(np.array([[0.0, -1.0, 2.0, 3.0, 5.0]]), GRID)
    assert (np.diff(found[0]) >= 0).all()
    quantiles = model.quantiles(noisy(200, seed=10), (0.9, 0.1, 0.5))
    assert (quantiles[:, 1] <= quantiles[:, 2]).all()
    assert (quantiles[:, 2] <= quantiles[:, 0]).all()


def test_damaged_files_are_named(model, tmp_path):
    folder = tmp_path / "intervals"
    model.spread.save(folder)
    assert Spread.load(folder).unit == model.spread.unit
    text = (folder / "levels.json").read_text()
    for damaged in ("", "{}", text.replace("0.995", "0.999")):
        (folder / "levels.json").write_text(damaged)
        with pytest.raises(ArtifactError, match="no readable intervals"):
            Spread.load(folder)


def test_huge_numbers_have_intervals_too(problem_of, quick_spec):
    data = noisy(600)
    huge = Dataset.of(data.frame.with_columns(pl.col("y") * 1e28), data.schema, "made up")
    model = train(huge, problem_of(huge), quick_spec(trials=1, algorithms=("linear",))).model
    found = model.predict(huge, interval=0.9)
    assert np.isfinite(found.low).all()
    assert ((found.truth >= found.low) & (found.truth <= found.high)).mean() > 0.85
    assert math.isfinite(model.metadata["intervals"]["width"])


def test_command_writes_both_ends(model, binary, problem_of, quick_spec, tmp_path, capsys):
    bundle, data, out = save(model, tmp_path / "bundle"), tmp_path / "new.csv", tmp_path / "answers.csv"
    noisy(60, seed=11).frame.drop("y").write_csv(data)

    def asked(bundle, share):
        with pytest.raises(SystemExit) as ended:
            main(["predict", str(bundle), str(data), "--interval", share, "--out", str(out)])
        return ended.value.code, capsys.readouterr().err

    assert asked(bundle, "0.8")[0] == 0
    told = pl.read_csv(out)
    assert told.columns == ["prediction", "low", "high"]
    expected = model.predict(data, interval=0.8)
    assert told["low"].to_numpy() == pytest.approx(expected.low)
    assert told["high"].to_numpy() == pytest.approx(expected.high)
    code, words = asked(bundle, "1.2")
    assert code == 2
    assert "The share of an interval is 1.2" in " ".join(words.split())
    labels = save(train(binary, problem_of(binary), quick_spec(trials=1)).model, tmp_path / "labels")
    code, words = asked(labels, "0.9")
    assert code == 2
    assert "intervals are for numbers" in " ".join(words.split())


class Always(FittedEstimator):
    """Answers 0 for everything."""

    def __init__(self):
        super().__init__("lightgbm", None, 0, (), 0.0)

    def predict(self, matrix, *, threads=1):
        return np.zeros(len(matrix.numeric))


def test_quantiles_that_cross_are_moved_outwards():
    shifts = np.zeros(len(GRID))
    shifts[:3], shifts[-3:] = (0.5, 0.3, 0.1), (-0.1, -0.3, -0.5)  # nonsense at both ends, and as much of it
    matrix = Matrix(np.zeros((1, 1), np.float32), np.empty((1, 0), np.int32), MatrixLayout(("x",), (), (), (0,)))
    for members in ((), (Always(),) * len(LEVELS)):
        spread = Spread(members, shifts, 1.0, -np.inf, 1000.0)
        assert spread.quantiles(matrix, np.zeros(1), (0.05, 0.5, 0.95))[0] == pytest.approx([0, 0, 0])
        outer = spread.quantiles(matrix, np.zeros(1), (0.005, 0.01, 0.99, 0.995))[0]
        assert outer == pytest.approx([0, 0, 0, 0])


def test_a_truth_at_the_very_end_lies_within(problem_of, quick_spec):
    # Answers and truths repeat: most ends coincide with truths that were seen, and sums are rounded.
    base = np.array([0.1, 0.7, 1e6 + 1 / 3])[np.arange(600) % 3]
    frame = pl.DataFrame(
        {"a": (np.arange(600) % 3).astype(float), "y": base + np.array([-0.3, 0, 0.3])[np.arange(600) // 3 % 3]}
    )
    columns = (Column("a", "Float64", Kind.NUMERIC), Column("y", "Float64", Kind.NUMERIC, Role.TARGET))
    data = Dataset.of(frame, Schema(columns), "made up")
    model = train(data, problem_of(data), quick_spec(trials=1, algorithms=("tree",))).model
    found = model.predict(data, interval=0.9)
    assert ((found.truth >= found.low) & (found.truth <= found.high)).mean() >= 0.9


@pytest.mark.parametrize("scale", [1e-170, 1e160])
def test_weights_of_any_scale(problem_of, quick_spec, scale):
    data = noisy(900)
    schema = Schema((*data.schema, Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT)))
    stated = Dataset.of(data.frame.with_columns(w=pl.lit(scale)), schema, "made up")
    model = train(stated, problem_of(stated), quick_spec(trials=1, algorithms=("linear",))).model
    plain = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",))).model
    known, expected = model.metadata["intervals"]["coverage"], plain.metadata["intervals"]["coverage"]
    assert (known["low"], known["value"], known["high"]) == pytest.approx(
        (expected["low"], expected["value"], expected["high"]), abs=0.02
    )
    assert clew.evaluate(model, stated).coverage.inside.rows == 900


def test_a_library_that_refuses_leaves_one_distance_and_says_why(monkeypatch, problem_of, quick_spec):
    from clew.train.estimators import lightgbm

    def fails(*_, **__):
        raise MemoryError("no memory left")

    monkeypatch.setattr(lightgbm.LightGBM, "_fit", fails)
    data = noisy(900)
    result = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",)))
    assert result.model.metadata["intervals"]["same_for_all_rows"]
    (told,) = [finding.detail for finding in result.findings if finding.code == "ME114"]
    assert "were left out" in told
    assert "memory" in told


def test_a_limit_of_size_counts_intervals_too(problem_of, quick_spec, tmp_path):
    data = noisy()
    spec = quick_spec(trials=1, algorithms=("linear",))
    free = train(data, problem_of(data), spec).model
    assert free.spread.members
    result = train(data, problem_of(data), quick_spec(trials=1, algorithms=("linear",), max_size_mb=0.05))
    bound = result.model
    assert any("no room" in finding.detail for finding in result.findings)
    assert bound.spread.members == ()
    assert sum(path.stat().st_size for path in save(bound, tmp_path / "b").rglob("*") if path.is_file()) < 1e5


def test_the_model_of_one_fold_has_intervals_from_all_folds(monkeypatch, problem_of, quick_spec):
    from clew.train.finish import ending, making

    # As where no time is left to fit the members again.
    monkeypatch.setattr(making, "_seconds_to_refit", lambda *_: 0.0)
    monkeypatch.setattr(ending, "_FORECAST_S", -60.0)  # and time enough for the intervals
    data = noisy(3000)
    spec = quick_spec(trials=None, time_limit_s=6, algorithms=("linear",), cpus=1)
    result = train(data, problem_of(data), spec)
    assert any(finding.code == "ME110" for finding in result.findings)
    found = result.model.predict(noisy(4000, seed=1), interval=0.9)
    assert result.model.spread.members
    assert 0.86 < ((found.truth >= found.low) & (found.truth <= found.high)).mean() < 0.94


def test_levels_are_numbers_of_any_type(model):
    fresh = noisy(20, seed=14)
    assert (model.quantiles(fresh, np.array(0.9)) == model.quantiles(fresh, 0.9)).all()
    assert interval_levels(np.float32(0.99)) == interval_levels(0.99)
    assert quantile_levels(np.float32([0.995, 0.005])) == (0.995, pytest.approx(0.005))
    with pytest.raises(UsageError, match="takes 133 rows"):
        Spread((), np.zeros(len(GRID)), 1.0, -np.inf, 132.0).check_reach((0.0075, 0.9925))


def test_estimators_refuse_levels_as_usage(make_table):
    frame = make_table("regression", rows=40).frame
    regressor = clew.AutoRegressor(trials=1, algorithms=("linear",)).fit(frame, target="y")
    for asked in (lambda: regressor.predict_quantiles(frame, 2), lambda: regressor.predict_interval(frame, 0.98)):
        with pytest.raises(UsageError) as refused:
            asked()
        assert not isinstance(refused.value, ValueError)


def test_intervals_are_shown(model):
    fresh = noisy(20, seed=15)
    page = html.unescape(model.predict(fresh, interval=0.9)._repr_html_())
    assert all(part in page for part in ("low", "high", "90.0 % within"))
    one = model.predict_row(fresh.frame.row(0, named=True), interval=0.9)
    assert "<dt>interval</dt>" in html.unescape(one._repr_html_())
    plain = model.predict_row(fresh.frame.row(0, named=True))
    assert "<dt>interval</dt>" not in html.unescape(plain._repr_html_())
