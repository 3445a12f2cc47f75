"""Few numbers a row: scikit-learn's components, what they are made of, the same for a row and a table."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import clew
from clew.core.errors import ArtifactError, DataError, UsageError
from clew.store.artifacts import load_arrays, save_arrays, write_manifest
from clew.train.reduce.reduce import reduce
from clew.train.reduce.reducer import Reducer
from clew.train.reduce.reduction import Reduction
from clew.train.reduce.spec import ReduceSpec


@parametrize_with_checks([Reducer()])
def test_contract(estimator, check):
    check(estimator)


@pytest.fixture
def mixed():
    random = np.random.default_rng(0)
    size = random.normal(size=200)
    return clew.read(
        pl.DataFrame(
            {
                "size": size,
                "weight": size * 3 + random.normal(0, 0.1, 200),
                "noise": [None if v > 2 else v for v in random.normal(size=200).tolist()],
                "colour": random.choice(["red", "green", "blue"], 200).tolist(),
            }
        )
    )


def test_numbers_are_those_of_the_library():
    X, _ = load_wine(return_X_y=True)
    ours = Reducer(components=3).fit(clew.Dataset.of(*_as_numbers(X), "wine"))
    theirs = PCA(3).fit(StandardScaler().fit_transform(X))
    explained = [component.explained for component in ours.result_.components]
    np.testing.assert_allclose(explained, theirs.explained_variance_ratio_, rtol=1e-5)
    mine, expected = ours.result_.values, theirs.transform(StandardScaler().fit_transform(X))
    np.testing.assert_allclose(np.abs(mine), np.abs(expected), atol=1e-4)


def _as_numbers(X):
    from clew.collect.arrays import dataset_of_array

    data = dataset_of_array(X)
    return data.frame, data.schema


def test_enough_for_a_share_of_the_variance(mixed):
    half, most = (reduce(mixed, ReduceSpec(variance=share)) for share in (0.5, 0.99))
    assert len(half.components) < len(most.components)
    assert half.components[-1].cumulative >= 0.5 > half.components[-1].cumulative - half.components[-1].explained


def test_components_that_would_take_hours_are_refused(monkeypatch):
    rows = clew.read(pl.DataFrame(np.random.default_rng(0).normal(size=(60, 60))))
    monkeypatch.setattr("clew.prepare.components._EXACT", 20)
    monkeypatch.setattr("clew.prepare.components._FIRST", 4)
    assert len(reduce(rows).components) > 16  # too few to be refused
    monkeypatch.setattr("clew.prepare.components._MOST_EXACT", 40)
    with pytest.raises(DataError, match="More than 20 principal components of 60 rows and 60 columns.*20 at most"):
        reduce(rows)
    with pytest.raises(DataError, match="30 principal components of 60 rows"):
        reduce(rows, ReduceSpec(components=30))
    assert len(reduce(rows, ReduceSpec(components=3)).components) == 3


def test_components_say_what_they_are_made_of(mixed):
    first = reduce(mixed, ReduceSpec(components=2)).components[0]
    assert {term for term, _ in first.weights[:2]} == {"size", "weight"}
    assert any(term.startswith("colour = ") for term, _ in first.weights)


def test_a_row_and_a_table_get_the_same_and_so_does_what_was_saved(mixed, tmp_path):
    found = reduce(mixed)
    again = Reduction.load(found.reduction.save(tmp_path / "reduction"))
    assert (again.transform(mixed) == found.values).all()
    assert all(
        (again.transform_row(row) == values).all()
        for row, values in zip(mixed.frame.to_dicts(), found.values, strict=True)
    )
    assert again.frame(mixed).equals(found.frame)
    with pytest.raises(ArtifactError, match="holds no reduction"):
        Reduction.load(tmp_path)


def test_components_that_do_not_fit_the_columns_are_refused(mixed, tmp_path):
    folder = reduce(mixed).reduction.save(tmp_path / "reduction")
    arrays = load_arrays(folder / "components.npz")
    save_arrays(folder / "components.npz", {**arrays, "weights": arrays["weights"][1:]})
    write_manifest(folder)
    with pytest.raises(ArtifactError, match="holds no reduction that can be read: the components do not fit"):
        Reduction.load(folder)


def test_report_and_json(mixed, tmp_path):
    found = reduce(mixed)
    assert "Largest weights" in found.save(tmp_path / "reduce.html").read_text(encoding="utf-8")
    assert json.loads(json.dumps(found.to_dict()))["components"][0]["component"] == 1


def test_frames_in_and_out(mixed):
    made = Reducer(components=2).set_output(transform="polars").fit_transform(mixed.frame)
    assert made.columns == ["pc_1", "pc_2"]


def test_what_makes_no_sense_is_refused(mixed):
    with pytest.raises(UsageError, match="Both `components` and `variance`"):
        ReduceSpec(components=2, variance=0.9)
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        ReduceSpec(variance=95)
    with pytest.raises(UsageError, match="`seed` is -1"):
        ReduceSpec(seed=-1)
    with pytest.raises(DataError, match="no column 'colr'.*colour"):
        reduce(mixed, ReduceSpec(columns=("colr",)))
    with pytest.raises(UsageError, match="`components` is 500, and these rows and columns have"):
        reduce(mixed, ReduceSpec(components=500))
