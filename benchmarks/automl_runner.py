"""One system, one table: learn within the limit, answer, and say what it cost. Runs in the system's own environment.

``python automl_runner.py SYSTEM FOLDER`` reads ``train.parquet``, ``test.parquet`` and ``told.json`` of the folder, and
writes ``answers.npy`` and ``facts.json`` there. Imported is only what every environment has, and the system itself.
"""

import json
import os
import pickle
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

THREADS, SEED = 2, 0
#: One-row calls: at most this many, and no new one after this many seconds.
CALLS, CALLS_S = 100, 10.0
BATCH_ROWS = 5_000


@dataclass
class Learnt:
    """A system that has learnt.

    Parameters
    ----------
    answer : callable
        Frame → probabilities in the order of the labels, shape (n, k), or numbers, shape (n,).
    one : callable
        One row as `rows` makes them → an answer, by the system's quickest public way.
    rows : callable
        Frame → one-row inputs, made beforehand.
    save : callable
        Folder → what a deployment needs, written there.
    models : int
        Models in the answer, as far as the system says so.
    """

    answer: Callable[[pd.DataFrame], Any]
    one: Callable[[Any], Any]
    rows: Callable[[pd.DataFrame], list[Any]]
    save: Callable[[Path], Any]
    models: int = 1


def clew(train: Path, told: dict[str, Any], _: Path) -> Callable[[], Learnt]:
    """Clew with its defaults."""
    import polars as pl

    import clew

    kind = clew.AutoRegressor if told["task"] == "regression" else clew.AutoClassifier

    def fit() -> Learnt:
        model = kind(time_limit_s=told["limit_s"], metric=told["metric"], cpus=THREADS, seed=SEED)
        model.fit(pl.read_parquet(train), target=told["target"])
        fitted = model.model_

        def answer(frame: pd.DataFrame) -> Any:
            table = pl.from_pandas(frame)
            return model.predict(table) if told["task"] == "regression" else model.predict_proba(table)

        def rows(frame: pd.DataFrame) -> list[Any]:
            return pl.from_pandas(frame).to_dicts()

        return Learnt(answer, fitted.predict_row, rows, lambda folder: clew.save(model, folder), len(fitted.members))

    return fit


def autogluon(preset: str) -> Callable[[Path, dict[str, Any], Path], Callable[[], Learnt]]:
    """AutoGluon with one of its presets, persisted in memory; saved is its clone for deployment."""

    def system(train: Path, told: dict[str, Any], work: Path) -> Callable[[], Learnt]:
        from autogluon.tabular import TabularPredictor

        metric = {"roc_auc": "roc_auc", "log_loss": "log_loss", "rmse": "root_mean_squared_error"}[told["metric"]]

        def fit() -> Learnt:
            predictor = TabularPredictor(
                label=told["target"], problem_type=told["task"], eval_metric=metric, path=str(work), verbosity=1
            )
            predictor.fit(
                pd.read_parquet(train), time_limit=told["limit_s"], presets=preset, num_cpus=THREADS, num_gpus=0
            )
            predictor.persist()

            def answer(frame: pd.DataFrame) -> Any:
                if told["task"] == "regression":
                    return predictor.predict(frame).to_numpy()
                return _in_order(predictor.predict_proba(frame), told["labels"])

            def save(folder: Path) -> Any:
                return predictor.clone_for_deployment(path=str(folder))

            return Learnt(answer, answer, _frames, save, len(predictor.model_names(persisted=True)))

        return fit

    return system


def flaml(train: Path, told: dict[str, Any], _: Path) -> Callable[[], Learnt]:
    """FLAML with its defaults."""
    from flaml import AutoML

    def fit() -> Learnt:
        frame = pd.read_parquet(train)
        automl = AutoML()
        automl.fit(
            X_train=frame.drop(columns=told["target"]),
            y_train=frame[told["target"]],
            task="regression" if told["task"] == "regression" else "classification",
            metric=told["metric"] if told["task"] != "multiclass" else "log_loss",
            time_budget=told["limit_s"],
            n_jobs=THREADS,
            seed=SEED,
            verbose=0,
        )

        def answer(frame: pd.DataFrame) -> Any:
            if told["task"] == "regression":
                return automl.predict(frame)
            found = pd.DataFrame(automl.predict_proba(frame), columns=[str(label) for label in automl.classes_])
            return _in_order(found, told["labels"])

        return Learnt(answer, answer, _frames, lambda folder: _pickled(automl, folder))

    return fit


def mljar(train: Path, told: dict[str, Any], work: Path) -> Callable[[], Learnt]:
    """mljar-supervised in its mode for the smallest error, as the AutoML Benchmark runs it."""
    from supervised import AutoML

    metric = {"roc_auc": "auc", "log_loss": "logloss", "rmse": "rmse"}[told["metric"]]
    task = {"binary": "binary_classification", "multiclass": "multiclass_classification"}.get(told["task"])

    def fit() -> Learnt:
        frame = pd.read_parquet(train)
        automl = AutoML(
            results_path=str(work),
            total_time_limit=int(told["limit_s"]),
            mode="Compete",
            ml_task=task or "regression",
            eval_metric=metric,
            explain_level=0,
            n_jobs=THREADS,
            random_state=SEED,
            verbose=0,
        )
        automl.fit(frame.drop(columns=told["target"]), frame[told["target"]])

        def answer(frame: pd.DataFrame) -> Any:
            found = automl.predict_all(frame)
            if told["task"] == "regression":
                return found["prediction"].to_numpy()
            return _in_order(found.rename(columns=lambda name: name.removeprefix("prediction_")), told["labels"])

        return Learnt(answer, answer, _frames, lambda folder: _copied(work, folder), len(automl.get_leaderboard()))

    return fit


def catboost(train: Path, told: dict[str, Any], work: Path) -> Callable[[], Learnt]:
    """CatBoost's defaults after a plain preparation; stopped at the limit, where there is one."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if told["task"] == "regression" else CatBoostClassifier

    def fit() -> Learnt:
        started = time.perf_counter()

        class Clock:
            def after_iteration(self, _: Any) -> bool:
                return time.perf_counter() - started < told["limit_s"]

        frame = pd.read_parquet(train)
        features = _plain(frame.drop(columns=told["target"]), told["texts"])
        labels = [name for name in features if not pd.api.types.is_numeric_dtype(features[name])]
        model = kind(thread_count=THREADS, random_seed=SEED, verbose=False, train_dir=str(work))
        model.fit(
            features,
            frame[told["target"]],
            cat_features=[name for name in labels if name not in told["texts"]],
            text_features=told["texts"] or None,
            callbacks=[Clock()] if told["limit_s"] is not None else None,
        )

        def answer(frame: pd.DataFrame) -> Any:
            ready = _plain(frame, told["texts"])
            if told["task"] == "regression":
                return model.predict(ready)
            found = pd.DataFrame(model.predict_proba(ready), columns=[str(label) for label in model.classes_])
            return _in_order(found, told["labels"])

        return Learnt(answer, answer, _frames, lambda folder: model.save_model(str(_made(folder) / "model.cbm")))

    return fit


SYSTEMS: dict[str, Callable[[Path, dict[str, Any], Path], Callable[[], Learnt]]] = {
    "clew": clew,
    "autogluon-medium": autogluon("medium_quality"),
    "autogluon-best": autogluon("best_quality"),
    "flaml": flaml,
    "mljar": mljar,
    "catboost": catboost,
}


def _plain(frame: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    """Return moments as parts and labels as strings."""
    made: dict[str, Any] = {}
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            made[f"{name} seconds"] = (values - pd.Timestamp(0)).dt.total_seconds()
            for part in ("year", "month", "day", "dayofweek", "hour"):
                made[f"{name} {part}"] = getattr(values.dt, part)
        elif pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
            made[str(name)] = values.astype(object).where(values.notna(), "" if name in texts else "missing").map(str)
        else:
            made[str(name)] = values
    return pd.DataFrame(made)


def _in_order(found: pd.DataFrame, labels: list[str]) -> Any:
    """Return the columns in the order of the labels; a label that the system does not know has probability 0."""
    return found.rename(columns=str).reindex(columns=labels, fill_value=0.0).to_numpy()


def _frames(frame: pd.DataFrame) -> list[Any]:
    return [frame.iloc[[row]] for row in range(len(frame))]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pickled(model: Any, folder: Path) -> None:
    (_made(folder) / "model.pickle").write_bytes(pickle.dumps(model))


def _copied(source: Path, folder: Path) -> None:
    import shutil

    shutil.copytree(source, folder)


def costs(learnt: Learnt, test: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Return milliseconds of one row, rows a second of many, and megabytes on disk."""
    inputs = learnt.rows(test.head(CALLS))
    for one in inputs[:5]:
        learnt.one(one)
    taken: list[float] = []
    began = time.perf_counter()
    for number in range(CALLS):
        if time.perf_counter() - began > CALLS_S:
            break
        started = time.perf_counter()
        learnt.one(inputs[number % len(inputs)])
        taken.append(time.perf_counter() - started)
    many = pd.concat([test] * (-(-BATCH_ROWS // len(test))), ignore_index=True)
    started = time.perf_counter()
    learnt.answer(many)
    batch_s = time.perf_counter() - started
    learnt.save(folder / "saved")
    size = sum(path.stat().st_size for path in (folder / "saved").rglob("*") if path.is_file())
    return {
        "row_ms": round(statistics.median(taken) * 1000, 4),
        "rows_per_s": round(len(many) / batch_s),
        "size_mb": round(size / 1e6, 2),
    }


def main() -> None:
    """Run one system on one table."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    fit = SYSTEMS[name](folder / "train.parquet", told, folder / "work")
    test = pd.read_parquet(folder / "test.parquet")
    started = time.perf_counter()
    learnt = fit()
    facts: dict[str, Any] = {"fit_s": round(time.perf_counter() - started, 2), "models": learnt.models}
    np.save(folder / "answers.npy", np.asarray(learnt.answer(test), dtype=np.float64))
    facts.update(costs(learnt, test, folder))
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
