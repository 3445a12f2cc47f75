"""Training as a whole: results, limits, roles, and every bad input."""

import time
from dataclasses import replace
from itertools import islice

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.collect.split import SplitSpec
from clew.core.errors import ConfigError, DataError, UsageError
from clew.core.progress import silent
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.metrics import get_metric
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.train.automl import TrainSpec, train
from clew.train.finish.choosing import choose_members, refit
from clew.train.finish.ending import result_of
from clew.train.finish.limits import Limits, costs_of, size_mb
from clew.train.finish.making import answering
from clew.train.folds.parts import parts_of
from clew.train.job import job_of
from clew.train.search.clock import MODELS_KEPT
from clew.train.search.plan import ListPlan
from clew.train.search.portfolio import configurations
from clew.train.search.run import run_trials
from clew.train.search.timed import search_by_clock
from clew.train.search.trial import Configuration, Outcome, Trial

#: The columns as they are.
PLAIN = Recipe(())


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_score_holds_on_rows_never_seen(task, make_table, problem_of, quick_spec):
    dataset = make_table(task)
    problem = problem_of(dataset)
    result = train(dataset, problem, quick_spec())
    fresh = result.model.predict(make_table(task, seed=1).frame)
    value = get_metric(problem.metric, problem.task)(fresh)
    margin = 0.5 * (result.score.high - result.score.low)
    assert result.score.low - margin < value < result.score.high + margin
    assert result.score.rows == 240
    assert result.score_from == "cross-validation, 5 folds, ensemble chosen without the judged fold"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_one_row_gives_the_bits_of_its_batch(task, make_table, problem_of, quick_spec):
    dataset = make_table(task, rows=300, seed=2) if task == "binary" else make_table(task)
    spec = quick_spec(trials=5, algorithms=("catboost", "lightgbm", "xgboost", "tree"))
    model = train(dataset, problem_of(dataset), spec).model
    batch = model.predict(dataset.frame)
    assert len({member.algorithm for member in model.members}) >= 2
    for position, row in enumerate(dataset.frame.drop("y").to_dicts()):
        answer = model.predict_row(row)
        assert answer.prediction == batch.prediction[position]
        if batch.probabilities is not None:
            assert answer.probabilities.tobytes() == batch.probabilities[position].tobytes()


def test_trials_give_the_same_model_again_whatever_the_cpus(binary, problem_of, quick_spec):
    problem = problem_of(binary)
    first, second = (train(binary, problem, quick_spec(trials=5, cpus=cpus)) for cpus in (1, 2))
    assert first.model.fingerprint == second.model.fingerprint
    assert first.score == second.score


def test_another_seed_gives_another_model(binary, problem_of, quick_spec):
    problem = problem_of(binary)
    first, second = (
        train(binary, problem, quick_spec(seed=seed, algorithms=("extra_trees",), trials=1)) for seed in (0, 1)
    )
    assert first.model.fingerprint != second.model.fingerprint


def test_leaderboard_lists_the_ensemble_and_every_trial(binary, problem_of, quick_spec):
    result = train(binary, problem_of(binary), quick_spec())
    ensemble, *others = result.leaderboard
    assert (ensemble.model, len(others)) == ("ensemble", 3)
    assert [row.score for row in others] == sorted((row.score for row in others), reverse=True)
    assert sum(row.weight for row in others) == pytest.approx(1.0)
    assert {member.name for member in result.model.members} == {row.model for row in others if row.weight}


def test_result_is_json_ready(binary, problem_of, quick_spec):
    import json

    told = train(binary, problem_of(binary), quick_spec()).to_dict()
    assert json.loads(json.dumps(told))["leaderboard"][0]["model"] == "ensemble"
    assert {"task", "metric", "score", "score_low", "score_high", "score_rows", "score_from", "fit_s"} <= set(told)


def test_limit_in_seconds_is_kept_and_says_what_more_would_buy(binary, problem_of, quick_spec):
    train(binary, problem_of(binary), quick_spec())  # the imports are not charged to the limit
    started = time.monotonic()
    result = train(binary, problem_of(binary), quick_spec(trials=None, time_limit_s=3))
    assert time.monotonic() - started < 20  # far off: tests may run on a busy machine
    assert result.trials >= 1
    assert "ME103" in {finding.code for finding in result.findings}


def test_no_time_still_leaves_a_model(make_table, problem_of):
    dataset = make_table(rows=3000)
    result = train(dataset, problem_of(dataset), TrainSpec(time_limit_s=1, recipe=PLAIN))
    assert len(result.model.predict(dataset.frame)) == 3000


def test_best_models_at_hand_answer_where_no_time_is_left(make_table, problem_of):
    dataset = make_table("binary", rows=400)
    spec = TrainSpec(time_limit_s=4, algorithms=("linear", "tree", "lightgbm"), recipe=PLAIN)
    started = time.monotonic()
    job = job_of(dataset, problem_of(dataset), spec, validation=None, started=started)
    job, found = search_by_clock(job, job.limit, silent)
    with_model = [trial for trial in found.trials if trial.outcomes[0].estimator is not None]
    assert len(found.trials) > MODELS_KEPT == len(with_model)
    judge = job.folds.judge()
    worst = max(judge.best_loss(trial.scores) for trial in with_model)
    others = [trial for trial in found.trials if trial.outcomes[0].estimator is None]
    assert all(judge.best_loss(trial.scores) >= worst for trial in others)
    late = replace(job, limit=replace(job.limit, end=time.monotonic()))
    result = result_of(late, found, started, silent)
    assert any(finding.code == "ME110" for finding in result.findings)
    assert {member.name for member in result.model.members} <= {trial.configuration.name for trial in with_model}
    assert len(result.leaderboard) == len(found.trials) + 1


def test_no_member_is_fitted_sooner_for_others_beside_it(binary, problem_of, quick_spec):
    job = job_of(binary, problem_of(binary), quick_spec(), validation=None, started=time.monotonic())
    scores = np.full((len(binary), 2), 0.5)
    trials = [
        Trial(Configuration(0, "linear", {}, 0), (Outcome(scores, None, seconds, complete=True),))
        for seconds in (0.5, 1.0)
    ]
    costs = costs_of(trials, job.folds, Limits(refit_s=1.0), measured=False, workers=2, sizes_mb={})
    (quick,), (slow,) = costs.of_trials
    assert quick < 0.5
    assert slow > 1.0


def test_members_that_are_ready_answer_without_those_that_came_too_late(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=400)
    spec = quick_spec(trials=6, algorithms=("linear", "tree", "lightgbm"))
    job = job_of(dataset, problem_of(dataset), spec, validation=None, started=time.monotonic())
    plan = ListPlan(list(islice(configurations(job.algorithms, 0), 6)))
    found = run_trials(plan, job.folds, workers=1, threads=1, progress=silent)
    chosen = choose_members(found.trials, job.folds, Limits(), measured=False, workers=1, seed=0)
    two = replace(chosen, choice=replace(chosen.choice, members=(0, 1), weights=(0.7, 0.3), pool=None))
    prepared, members = refit(two.choice, found.trials, job.folds, threads=1, workers=2, deadline=None)
    whole = answering(job, found, two, prepared, members, {})
    assert whole.members == members
    assert whole.findings == ()
    left = answering(job, found, two, prepared, (members[0], DataError("It was late.")), {})
    assert left.members == members[:1]
    assert left.chosen.choice.members == (0,)
    assert left.chosen.choice.weights == (1.0,)
    assert found.trials[1].configuration.name in left.findings[0].detail
    assert "It was late." in left.findings[0].detail
    assert answering(job, found, two, prepared, (DataError("It was late."), members[1]), {}) is None
    _, late = refit(two.choice, found.trials, job.folds, threads=1, workers=1, deadline=time.monotonic() - 1.0)
    assert isinstance(late[0], DataError)


def test_validation_data_judge(binary, make_table, problem_of, quick_spec):
    fresh = make_table("binary", rows=120, seed=5)
    result = train(binary, problem_of(binary), quick_spec(), validation=fresh)
    assert result.score.rows == 120
    assert result.score_from.startswith("validation data")


def test_validation_data_have_the_columns_and_roles_of_the_training_rows(make_table, problem_of, quick_spec):
    def stated(rows, seed, *, role):
        data = make_table("regression", rows=rows, seed=seed)
        frame = data.frame.with_columns(
            w=pl.lit(1.0) + pl.int_range(pl.len()) % 5, g=(pl.int_range(pl.len()) // 10).cast(pl.Int64)
        )
        kinds = {"w": Role.WEIGHT, "g": Role.GROUP} if role else {"w": Role.FEATURE, "g": Role.FEATURE}
        columns = [Column(name, dtype, Kind.NUMERIC, kinds[name]) for name, dtype in (("w", "Float64"), ("g", "Int64"))]
        return Dataset.of(frame, Schema((*data.schema, *columns)), "made up")

    data = stated(240, 0, role=True)
    spec = quick_spec(trials=2)
    plain = train(data, problem_of(data), spec, validation=stated(120, 5, role=True))
    bare = train(data, problem_of(data), spec, validation=stated(120, 5, role=False))
    assert bare.score.value == plain.score.value  # weighted, whatever the validation rows say of themselves
    assert bare.score.low == plain.score.low  # and drawn by groups


@pytest.mark.parametrize(
    ("kept", "words"),
    [(lambda y: y == "no", "have the same label"), (lambda y: y == "nothing", "have 0 rows with a target")],
)
def test_validation_data_that_cannot_judge_are_refused_at_once(kept, words, binary, make_table, problem_of, quick_spec):
    fresh = make_table("binary", rows=120, seed=5)
    some = replace(fresh, frame=fresh.frame.filter(pl.Series([kept(label) for label in fresh.frame["y"]])))
    with pytest.raises(DataError, match=words):
        train(binary, problem_of(binary), quick_spec(), validation=some)


def test_rows_of_weight_0_are_no_rows(make_table, problem_of, quick_spec):
    data = make_table("binary", rows=300)
    weight = pl.Series("w", np.where(np.arange(300) < 60, 0.0, 1.0))
    schema = Schema((*data.schema, Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT)))
    stated = Dataset.of(data.frame.with_columns(weight), schema, "made up")
    result = train(stated, problem_of(stated), quick_spec(trials=2))
    assert result.score.rows == 240
    assert any(finding.code == "ME115" and "60 of 300" in finding.detail for finding in result.findings)


def test_few_groups_of_a_single_fold_stay_together(make_table, problem_of, quick_spec):
    data = make_table("binary", rows=300)
    group = pl.Series("g", np.arange(300) // 50)
    schema = Schema((*data.schema, Column("g", "Int64", Kind.NUMERIC, Role.GROUP)))
    stated = Dataset.of(data.frame.with_columns(group), schema, "made up")
    spec = quick_spec(split=SplitSpec(folds=2))
    job = job_of(stated, problem_of(stated), spec, validation=None, started=time.monotonic())
    one = job.folds.first(1)
    parts = parts_of(one, 0)
    groups = stated.frame["g"].to_numpy()[one.splits[0].test]
    assert len(np.unique(parts)) == len(np.unique(groups)) == 3
    assert all(len(np.unique(parts[groups == value])) == 1 for value in np.unique(groups))


def test_given_parameters_are_the_only_configuration(binary, problem_of):
    spec = TrainSpec(algorithms=("lightgbm",), params={"n_estimators": 17}, recipe=PLAIN)
    result = train(binary, problem_of(binary), spec)
    (member,) = result.model.members
    assert (result.trials, member.algorithm, member.estimator.rounds) == (1, "lightgbm", 17)


def test_latency_limit_of_the_table_keeps_slow_families_out(binary, problem_of, quick_spec):
    problem = problem_of(binary)
    spec = quick_spec(trials=4, algorithms=("extra_trees", "lightgbm"), max_latency_ms=0.11)
    result = train(binary, problem, spec)
    assert {member.algorithm for member in result.model.members} == {"lightgbm"}
    tight = train(binary, problem, replace(spec, max_latency_ms=0.001))
    assert "ME109" in {finding.code for finding in tight.findings}


def test_size_limit_keeps_large_members_out(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=600)
    problem = problem_of(dataset)
    spec = quick_spec(trials=2, algorithms=("extra_trees", "tree"))
    free = train(dataset, problem, spec)
    large = {member.algorithm: size_mb(member.estimator) for member in free.model.members}
    assert "extra_trees" in large
    limited = train(dataset, problem, replace(spec, max_size_mb=large["extra_trees"] / 2))
    assert [member.algorithm for member in limited.model.members] == ["tree"]
    assert "ME122" not in {finding.code for finding in limited.findings}
    tiny = train(dataset, problem, replace(spec, max_size_mb=1e-4))
    (told,) = [finding for finding in tiny.findings if finding.code == "ME122"]
    assert told.evidence["size_mb"] > 1e-4
    assert [member.algorithm for member in tiny.model.members] == ["tree"]


def test_threshold_is_chosen_for_metrics_of_labels(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=400)
    rare = dataset.take(np.flatnonzero((dataset.frame["y"] == "no").to_numpy() | (np.arange(400) % 6 == 0)))
    spec = quick_spec(trials=1, algorithms=("linear",))
    assert train(rare, problem_of(rare, metric="f1"), spec).model.threshold < 0.5
    assert train(rare, problem_of(rare, metric="roc_auc"), spec).model.threshold == 0.5


def test_rows_without_target_are_left_out_and_counted(binary, problem_of, quick_spec):
    frame = binary.frame.with_columns(pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise(pl.col("y")).alias("y"))
    dataset = Dataset.of(frame, binary.schema, "made up")
    result = train(dataset, problem_of(dataset), quick_spec())
    (found,) = [finding for finding in result.findings if finding.code == "ME101"]
    assert found.evidence["rows"] == 7
    assert result.score.rows == 233


def test_rare_class_is_told_and_stays_a_class(multiclass, problem_of, quick_spec):
    frame = multiclass.frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("unique")).otherwise(pl.col("y")).alias("y")
    )
    dataset = Dataset.of(frame, multiclass.schema, "made up")
    result = train(dataset, problem_of(dataset), quick_spec())
    (found,) = [finding for finding in result.findings if finding.code == "ME102"]
    assert found.evidence["classes"] == {"unique": 1}
    assert result.model.classes == ("low", "mid", "top", "unique")
    assert result.model.predict(frame).probabilities.shape == (240, 4)


def test_weights_reach_fit_and_score(binary, problem_of, quick_spec):
    heavy = (pl.col("y") == "yes").cast(pl.Float64) * 30 + 1
    weighted = Dataset.of(
        binary.frame.with_columns(heavy.alias("w")),
        binary.schema.with_columns(Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT)),
        "made up",
    )
    problem = problem_of(binary, metric="log_loss")
    plain, pulled = (train(data, problem, quick_spec()) for data in (binary, weighted))
    rise = pulled.model.predict(weighted.frame).probabilities[:, 1].mean()
    assert rise > plain.model.predict(binary.frame).probabilities[:, 1].mean() + 0.1
    assert pulled.score != plain.score


@pytest.mark.parametrize("value", [-1.0, None, float("inf")])
def test_impossible_weight_is_refused(binary, value, problem_of, quick_spec):
    frame = binary.frame.with_columns(pl.Series("w", [value] + [1.0] * 239))
    schema = binary.schema.with_columns(Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT))
    with pytest.raises(DataError, match="weight 'w' must be a finite number"):
        train(Dataset.of(frame, schema, "made up"), problem_of(binary), quick_spec())


def test_groups_never_teach_and_judge_at_once(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=300)
    # Twins: each row three times. Without groups a tree would know the answers by heart.
    frame = pl.concat([dataset.frame] * 3).with_columns(
        pl.Series("person", list(range(300)) * 3), pl.Series("noise", np.random.default_rng(0).random(300).tolist() * 3)
    )
    coin = pl.Series("y", np.random.default_rng(1).choice(["no", "yes"], 300).tolist() * 3)
    columns = (Column("person", "Int64", Kind.NUMERIC), Column("noise", "Float64", Kind.NUMERIC))
    schema = dataset.schema.with_columns(*columns)
    grouped = schema.with_facts("person", role=Role.GROUP)
    spec = quick_spec(trials=1, algorithms=("tree",), params={"max_depth": 14, "min_samples_leaf": 1})
    known = Dataset.of(frame.drop("person").with_columns(coin), schema.drop(["person"]), "made up")
    blind = Dataset.of(frame.with_columns(coin), grouped, "made up")
    assert train(known, problem_of(known), spec).score.value > 0.8
    assert train(blind, problem_of(blind), spec).score.value < 0.6


def test_time_goes_forward(make_table, problem_of, quick_spec):
    dataset = make_table("regression", rows=300)
    frame = dataset.frame.with_columns(pl.Series("day", range(300)))
    schema = dataset.schema.with_columns(Column("day", "Int64", Kind.NUMERIC, Role.TIME))
    timed = Dataset.of(frame, schema, "made up")
    result = train(timed, problem_of(timed), quick_spec())
    assert result.score_from.startswith("forward validation in time, 5 folds")
    assert result.score.rows == 250


def test_fewer_groups_than_folds_are_told(binary, problem_of, quick_spec):
    frame = binary.frame.with_columns(pl.Series("g", [i % 3 for i in range(240)]))
    schema = binary.schema.with_columns(Column("g", "Int64", Kind.NUMERIC, Role.GROUP))
    result = train(Dataset.of(frame, schema, "made up"), problem_of(binary), quick_spec())
    assert "ME106" in {finding.code for finding in result.findings}
    assert "3 folds" in result.score_from


def test_five_rows_are_too_few(binary, problem_of, quick_spec):
    with pytest.raises(DataError, match="at least 10 rows with a target, and there are 5"):
        train(binary.take(np.arange(5)), problem_of(binary), quick_spec())


def test_single_answer_is_refused(binary, problem_of, quick_spec):
    only = binary.take((binary.frame["y"] == "yes").to_numpy())
    with pytest.raises(DataError, match="have the same target"):
        train(only, problem_of(binary), quick_spec())


def test_ten_rows_are_enough(regression, problem_of, quick_spec):
    few = regression.take(np.arange(10))
    result = train(few, problem_of(few, task="regression"), quick_spec())
    assert np.isfinite(result.model.predict(few.frame).prediction).all()


def test_no_usable_column_lists_the_reasons(binary, problem_of, quick_spec):
    frame = binary.frame.select(pl.lit(1.0).alias("one"), pl.lit(None, pl.Float64).alias("nothing"), "c", "y")
    columns = (Column("one", "Float64", Kind.NUMERIC), Column("nothing", "Float64", Kind.NUMERIC))
    schema = binary.schema.drop(["a", "b"]).with_columns(*columns).with_facts("c", kind=Kind.TEXT)
    dataset = Dataset.of(frame.select(schema.names), schema, "made up")
    with pytest.raises(DataError) as error:
        train(dataset, problem_of(dataset), quick_spec())
    assert "'one' says the same in every row" in str(error.value)
    assert "'nothing' says the same in every row" in str(error.value)
    assert "'c' is of kind text" in str(error.value)


def test_table_of_images_alone_says_how_to_use_them(binary, problem_of):
    images = pl.Series("photo", [b"\xff\xd8\xff\xe0" + bytes(60)] * len(binary), dtype=pl.Binary)
    frame = binary.frame.select(images, "y")
    columns = (Column("photo", "Binary", Kind.IMAGE), binary.schema.target)
    dataset = Dataset.of(frame, Schema(columns), "made up")
    with pytest.raises(DataError, match=r"op: image_features, columns: \[photo\]"):
        train(dataset, problem_of(dataset), TrainSpec(trials=1))


def test_pictures_teach_what_they_show(tmp_path):
    from PIL import Image

    generator = np.random.default_rng(0)
    for number in range(60):
        label, light = ("dark", 60) if number % 2 else ("bright", 160)
        place = tmp_path / "photos" / label
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.clip(generator.normal(light, 30, size=(16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    rows = read(tmp_path / "photos").with_target("label")
    recipe = Recipe.from_yaml("- {op: image_features, columns: image}")
    spec = TrainSpec(trials=1, algorithms=("linear",), recipe=recipe, max_latency_ms=None)
    result = train(rows, define_problem(rows.frame["label"], rows.schema["label"]), spec)
    assert result.score.value > 0.95
    assert result.model.predict(rows.frame.head(4)).prediction.tolist() == rows.frame["label"].head(4).to_list()


def test_useless_and_infinite_values_do_no_harm(binary, problem_of, quick_spec):
    frame = binary.frame.with_columns(
        one=pl.lit(3.0),
        nothing=pl.lit(None, pl.Float64),
        a=pl.when(pl.int_range(pl.len()) % 9 == 0).then(float("inf")).otherwise(pl.col("a")),
    )
    columns = (Column("one", "Float64", Kind.NUMERIC), Column("nothing", "Float64", Kind.NUMERIC))
    schema = binary.schema.with_columns(*columns)
    dataset = Dataset.of(frame.select(schema.names), schema, "made up")
    result = train(dataset, problem_of(dataset), quick_spec(trials=6, algorithms=None))
    assert "ME104" not in {finding.code for finding in result.findings}
    assert result.model.layout.numeric == ("a", "b")


def test_two_thousand_columns(problem_of, quick_spec):
    random = np.random.default_rng(0)
    values = random.normal(size=(120, 2000))
    frame = pl.DataFrame({f"x{j}": values[:, j] for j in range(2000)}).with_columns(
        pl.Series("y", np.where(values[:, 7] > 0, "yes", "no").tolist())
    )
    columns = [Column(name, "Float64", Kind.NUMERIC) for name in frame.columns[:-1]]
    from clew.core.schema import Schema

    schema = Schema((*columns, Column("y", "String", Kind.CATEGORICAL, Role.TARGET)))
    dataset = Dataset.of(frame, schema, "made up")
    result = train(dataset, problem_of(dataset), quick_spec(trials=1, algorithms=("tree",), split=SplitSpec(folds=2)))
    assert result.score.value > 0.8


def test_column_known_too_late_is_no_feature(binary, problem_of, quick_spec):
    schema = binary.schema.with_facts("a", available_after="departure")
    dataset = Dataset.of(binary.frame, schema, "made up")
    result = train(dataset, problem_of(dataset), quick_spec())
    assert result.model.layout.numeric == ("b",)
    assert [finding.column for finding in result.findings if finding.code == "ME111"] == ["a"]


def test_monotone_column_lets_only_those_join_who_keep_it(binary, problem_of, quick_spec):
    schema = binary.schema.with_facts("a", monotonic="increasing")
    dataset = Dataset.of(binary.frame, schema, "made up")
    for positive in ("yes", "no"):
        result = train(dataset, problem_of(dataset, positive=positive), quick_spec(trials=3, algorithms=None))
        codes = {finding.code for finding in result.findings}
        assert {member.algorithm for member in result.model.members} <= {"xgboost", "lightgbm", "catboost"}
        assert "ME108" in codes
        assert "ME105" not in codes


def test_monotone_makes_no_sense_with_three_classes(multiclass, problem_of, quick_spec):
    schema = multiclass.schema.with_facts("a", monotonic="increasing")
    with pytest.raises(ConfigError, match="no meaning with 3 classes"):
        train(Dataset.of(multiclass.frame, schema, "made up"), problem_of(multiclass), quick_spec())


def test_monotone_with_an_algorithm_that_cannot_is_refused(binary, problem_of, quick_spec):
    schema = binary.schema.with_facts("a", monotonic="increasing")
    with pytest.raises(ConfigError, match="extra_trees cannot promise that"):
        train(Dataset.of(binary.frame, schema, "made up"), problem_of(binary), quick_spec(algorithms=("extra_trees",)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"algorithms": ("lightgmb",)}, "Did you mean 'lightgbm'"),
        ({"algorithms": ()}, "`algorithms` is empty"),
        ({"algorithms": ("lightgbm",), "params": {"learnin_rate": 1}}, "Did you mean 'learning_rate'"),
        ({"params": {"alpha": 1.0}}, "`params` belong to one algorithm"),
        ({"trials": 0}, "`trials` is 0"),
        ({"trials": None, "time_limit_s": 0.1}, "at least 1 second"),
        ({"trials": None, "time_limit_s": float("nan")}, "at least 1 second"),
        ({"trials": None, "time_limit_s": None}, "Neither"),
        ({"max_latency_ms": 0}, "`max_latency_ms` is 0"),
        ({"max_size_mb": 0}, "`max_size_mb` is 0"),
        ({"cpus": 0}, "`cpus` is 0"),
        ({"seed": -1}, "`seed` is -1"),
    ],
)
def test_senseless_spec_is_refused(binary, change, words, problem_of, quick_spec):
    with pytest.raises(UsageError, match=words):
        train(binary, problem_of(binary), quick_spec(**change))


def test_value_that_a_library_refuses_is_told(binary, problem_of):
    spec = TrainSpec(algorithms=("lightgbm",), params={"num_leaves": 1}, recipe=PLAIN)
    with pytest.raises(DataError, match="LightGBM refused"):
        train(binary, problem_of(binary), spec)


def test_configuration_that_fails_does_not_end_the_search(binary, monkeypatch, problem_of, quick_spec):
    from clew.train.estimators.tree import DecisionTree

    def broken(self, part, stop, order):
        raise ValueError("out of wood")

    monkeypatch.setattr(DecisionTree, "_fit", broken)
    result = train(binary, problem_of(binary), quick_spec())
    (found,) = [finding for finding in result.findings if finding.code == "ME104"]
    assert "out of wood" in found.detail
    assert result.trials == 2


def test_target_of_another_problem_is_refused(binary, multiclass, problem_of, quick_spec):
    with pytest.raises(DataError, match="none of the classes"):
        train(multiclass, problem_of(binary), quick_spec())


def test_split_of_two_folds(binary, problem_of, quick_spec):
    assert "2 folds" in train(binary, problem_of(binary), quick_spec(split=SplitSpec(folds=2))).score_from
