"""Clusters: the number that criteria prefer, what sets each apart, and the same answer for a row and a table."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_iris, load_wine, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import clew
from clew.core.errors import ArtifactError, DataError, SchemaError, UsageError
from clew.core.schema import Role
from clew.prepare.recipe import Recipe
from clew.store.artifacts import load_arrays, save_arrays, write_manifest
from clew.train.cluster.algorithms import mixtures_by_bic, with_k
from clew.train.cluster.assign import Mixture
from clew.train.cluster.cluster import cluster
from clew.train.cluster.clusterer import Clusterer
from clew.train.cluster.clusters import MARKER, Clusters
from clew.train.cluster.profile import _short
from clew.train.cluster.spec import ALGORITHMS, ClusterSpec
from clew.train.points.traits import Described, Trait


@parametrize_with_checks([Clusterer(k=3)])
def test_contract(estimator, check):
    check(estimator)


@pytest.mark.full
@parametrize_with_checks([Clusterer(algorithm=name, k=None if name == "hdbscan" else 2) for name in ALGORITHMS[1:]])
def test_contract_of_the_others(estimator, check):
    check(estimator)


def _customers(rows: int = 300) -> pl.DataFrame:
    """Three kinds of customers, told apart by amounts, a category, a date and gaps."""
    random = np.random.default_rng(0)
    kind = random.integers(0, 3, rows)
    spent = np.array([20.0, 200.0, 2000.0])[kind] * random.lognormal(0, 0.2, rows)
    visits = np.array([2.0, 30.0, 4.0])[kind] + random.normal(0, 1, rows)
    channel = np.array([["web", "shop", "phone"][k] if random.random() < 0.95 else "web" for k in kind])
    since = [
        datetime(2020 + int(k), 6, 1) + timedelta(days=int(d))
        for k, d in zip(kind, random.integers(0, 90, rows), strict=True)
    ]
    rating = [None if k == 2 else float(v) for k, v in zip(kind, random.integers(1, 6, rows), strict=True)]
    return pl.DataFrame(
        {
            "kind": [["poor", "loyal", "rich"][k] for k in kind],
            "spent": spent,
            "visits": visits,
            "channel": channel,
            "since": since,
            "rating": rating,
        }
    )


@pytest.fixture(scope="module")
def customers():
    return clew.read(_customers()).with_target("kind")


@pytest.fixture(scope="module")
def found(customers):
    return cluster(customers, ClusterSpec(k_max=6))


def test_the_kinds_are_found_without_being_told(found, customers):
    assert found.k == 3
    assert adjusted_rand_score(customers.frame["kind"].to_list(), found.labels) > 0.95
    assert found.choice.k == 3
    assert found.profiles[0].size == max(profile.size for profile in found.profiles)
    assert all(profile.stability > 0.9 for profile in found.profiles)


def test_each_criterion_is_shown_with_what_it_prefers(found):
    said = {criterion.name: criterion for criterion in found.choice.criteria}
    assert list(said) == ["silhouette", "calinski_harabasz", "davies_bouldin", "bic", "gap", "stability"]
    assert said["silhouette"].best == 3
    assert len(said["gap"].values) == len(found.choice.tried) == 5
    assert "Silhouette" in found.choice.why


def test_profiles_speak_of_raw_columns(found, customers):
    kinds = customers.frame["kind"].to_numpy()
    (rich,) = [p for p in found.profiles if (kinds[found.labels == p.cluster] == "rich").mean() > 0.9]
    told = " ".join(rich.sentences)
    assert "`spent` is much higher: median 1" in told
    assert "`channel` is phone in 9" in told
    assert "`rating` is always missing (" in told
    assert "`since` is much later: median 2022-07" in told
    assert "`kind` is rich" in told  # what took no part is described too
    assert found.labels[rich.typical_row] == rich.cluster


def _told(column: pl.Series, own: np.ndarray) -> list[str]:
    data = clew.read(column.to_frame())
    return [trait.text for trait in Described(data.frame, data.schema).traits(own, 8)]


def test_the_figures_of_a_sentence_agree_with_its_direction():
    # The larger one of most pairs is of the first rows, though their median is the smaller one.
    values = [*[0.0] * 11, *[100.0] * 10, *[1.0] * 11, *[-100.0] * 10]
    first = np.arange(42) < 21
    assert _told(pl.Series("x", values), first) == ["`x` is higher: larger in 72.6 % of the pairs with other rows"]
    assert _told(pl.Series("x", values), ~first) == ["`x` is lower: smaller in 72.6 % of the pairs with other rows"]
    days = [datetime(2024, 1, 1) + timedelta(days=n) for n in (0, 0, 0, 9, 9, 0, 0, 0, 0, 0)]
    told = _told(pl.Series("since", days), np.arange(10) < 5)
    assert told == ["`since` is later: later in 40.0 % of the pairs with other rows"]


def test_a_label_that_is_rare_here_is_told():
    labels = ["web"] * 1 + list("abcdef") * 3 + ["web"] * 13 + list("abcdef")
    told = _told(pl.Series("channel", labels), np.arange(38) < 19)
    assert told == ["`channel` is web in 5.3 % (68.4 % elsewhere)"]
    long = _told(pl.Series("x", ["a" * 500] * 9 + ["b"] * 9), np.arange(18) < 9)
    assert long
    assert all(len(text) < 120 for text in long)


def test_a_name_says_no_more_than_holds_for_most_rows():
    short = {
        ("a", 0.3, 0.6): "kind a",
        ("a", 0.3, 0.4): "more often kind a",
        ("a", -0.3, 0.2): "kind not a",
        ("a", -0.3, 0.6): "less often kind a",
        (None, 0.3, 0.9): "no kind",
        (None, 0.3, 0.4): "more often no kind",
        (None, -0.3, 0.2): "known kind",
        (4.0, 0.3, None): "high kind",
        ("2024-01-01", -0.3, None): "earlier kind",
        ("a" * 99, 0.9, 0.9): f"kind {'a' * 29}…",
    }
    for (value, effect, share), name in short.items():
        assert _short(Trait("kind", effect, value, None, share, None, "")) == name


def test_units_are_told(customers):
    schema = customers.schema.with_facts("spent", unit="EUR")
    data = clew.Dataset.of(customers.frame, schema, "customers")
    told = " ".join(s for p in cluster(data, ClusterSpec(k=3)).profiles for s in p.sentences)
    assert "EUR (" in told


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_row_and_a_table_get_the_same_and_so_does_what_was_saved(customers, algorithm, tmp_path):
    result = cluster(customers, ClusterSpec(algorithm, k=None if algorithm == "hdbscan" else 4))
    again = Clusters.load(result.clusters.save(tmp_path / "clusters"))
    assert (again.assign(customers) == result.labels).all()
    rows = customers.frame.drop("kind").to_dicts()
    assert [again.assign_row(row) for row in rows] == result.labels.tolist()
    assert [p.to_dict() for p in again.profiles] == [p.to_dict() for p in result.profiles]


def test_densities_have_the_same_bits_for_one_and_many():
    random = np.random.default_rng(1)
    factors = np.linalg.cholesky(np.cov(random.normal(size=(6, 50)))).T
    for whitening in (np.stack([factors] * 3), np.abs(random.normal(size=(3, 6)))):
        mixture = Mixture(np.log([0.2, 0.3, 0.5]), random.normal(size=(3, 6)), whitening)
        values = random.normal(size=(5000, 6)) * 3
        many = mixture.log_densities(values)
        assert all((mixture.log_densities(values[i : i + 1])[0] == many[i]).all() for i in range(0, 5000, 7))


@pytest.mark.parametrize(("load", "least"), [(load_iris, 0.6), (load_wine, 0.85)])
def test_known_kinds_of_real_rows(load, least):
    X, y = load(return_X_y=True)
    assert adjusted_rand_score(y, Clusterer(k=3).fit(X).labels_) > least


def test_mixture_answers_as_the_library_does():
    X, _ = make_blobs(400, n_features=3, centers=3, random_state=1)
    from sklearn.mixture import GaussianMixture

    theirs = GaussianMixture(3, random_state=0).fit_predict(X)
    assert adjusted_rand_score(theirs, Clusterer(algorithm="gaussian_mixture", k=3).fit(X).labels_) > 0.98


def test_a_mixture_has_one_shape_of_covariances_in_the_whole_run():
    along = np.random.default_rng(0).normal(size=(30, 1))
    values = np.hstack([along, along + 0.1 * np.random.default_rng(1).normal(size=(30, 1))])
    fit = with_k("gaussian_mixture", values, (1, 2), 0)
    assert fit(values, 2, 0).whitening.shape == fit(values[:15], 2, 0).whitening.shape == (2, 2, 2)
    shape, told = mixtures_by_bic(values, (1, 2), 0)
    assert shape == "full"
    # Thirty rows are too few for eight full covariances, so none of the numbers has them.
    shape, fewer = mixtures_by_bic(values, (1, 2, 8), 0)
    assert shape == "diag"
    assert fewer[0] > told[0]


def test_halves_with_fewer_rows_than_clusters_are_no_error():
    x = np.concatenate([np.arange(9) * 1e-6, 1 + np.arange(9) * 1e-6])
    found = cluster(clew.read(pl.DataFrame({"x": x})), ClusterSpec("gaussian_mixture", k=10))
    assert all(profile.stability is None for profile in found.profiles)


def test_a_criterion_that_measures_nothing_does_not_vote(tmp_path):
    found = cluster(clew.read(pl.DataFrame({"x": [1.0, 2.0, 10.0]})))
    assert found.k == 2
    assert found.choice.best("stability") is None
    assert "Stability of halves says nothing" in found.choice.why
    assert "Nothing could be measured" in found.save(tmp_path / "clusters.html").read_text(encoding="utf-8")
    assert json.loads(json.dumps(found.to_dict()))["choice"]["criteria"][-1]["best"] is None


def test_dense_groups_of_any_shape_and_rows_of_none():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    random = np.random.default_rng(0)
    X = np.concatenate([ring, random.normal(0, 0.05, (200, 2)), [[4.0, 4.0]]])
    model = Clusterer(algorithm="hdbscan", min_cluster_size=20).fit(X)
    assert model.k_ == 2
    assert model.labels_[-1] == -1
    assert model.predict([[-4.0, 4.0], [1.0, 0.01]]).tolist() == [-1, int(model.labels_[0])]


def test_the_same_seed_gives_the_same_clusters(customers):
    one, two = (cluster(customers, ClusterSpec(k=3, seed=5)) for _ in range(2))
    assert (one.clusters.assigner.known == two.clusters.assigner.known).all()
    assert [p.to_dict() for p in one.profiles] == [p.to_dict() for p in two.profiles]


@pytest.mark.full
def test_the_threads_of_the_machine_decide_nothing():
    code = (
        "import numpy as np; from clew.train.cluster.clusterer import Clusterer;"
        "X = np.random.default_rng(0).normal(size=(3000, 6)) + np.repeat([[0.0], [4.0], [9.0]], 1000, axis=0);"
        "print(Clusterer(k=3).fit(X).clusters_.assigner.known.tobytes().hex())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": count}, capture_output=True, check=True
        ).stdout
        for count in ("1", "2")
    ]
    assert said[0] == said[1]


def test_one_heap_is_called_so():
    X = np.random.default_rng(0).normal(size=(300, 3))
    found = Clusterer(k_max=5).fit(X).result_
    assert found.choice.best("gap") == 1
    assert "ME142" in {finding.code for finding in found.findings}


def test_three_kinds_of_equal_rows_are_clear_clusters():
    X = np.repeat(np.eye(3), 20, axis=0)
    found = Clusterer(k_max=3).fit(X).result_
    assert found.k == 3
    assert found.silhouette > 0.99
    assert found.choice.value("stability") == 1.0  # though no half has more different rows than clusters
    assert [profile.stability for profile in found.profiles] == [1.0] * 3
    assert "ME142" not in {finding.code for finding in found.findings}


def test_one_column_may_stand_alone(customers):
    assert Clusterer(k=2, columns="visits").fit(customers).result_.clusters.points.compared == ("visits",)


def test_chosen_columns_are_compared_and_the_others_described(customers):
    found = cluster(customers, ClusterSpec(k=2, columns=("visits",)))
    assert found.clusters.points.compared == ("visits",)
    assert found.clusters.assign_row({"visits": 31.0}) == found.clusters.assign(pl.DataFrame({"visits": [31.0]}))[0]
    assert any("`channel` is shop" in text for profile in found.profiles for text in profile.sentences)


def test_identifiers_are_described_no_more_where_columns_are_chosen(customers):
    data = clew.read(customers.frame.with_columns(customer_id=pl.Series([f"A{n:03d}" for n in range(300)])))
    chosen = cluster(data, ClusterSpec(k=2, columns=("visits",)))
    assert chosen.clusters.points.schema["customer_id"].role is Role.ID
    assert "customer_id" not in {row.column for row in chosen.beside}
    numbered = clew.read(customers.frame.sort("visits").with_row_index("row_id"))
    (one, other) = cluster(numbered, ClusterSpec(k=2, columns=("visits",))).profiles
    assert not any("row_id" in text for text in (*one.sentences, *other.sentences))


def test_why_a_column_is_left_out_is_one_true_cause():
    rows = {"x": [1.0, 2.0, 3.0] * 9, "same": ["a"] * 27, "since": [datetime(2024, 1, 1)] * 27}
    recipe = Recipe.from_yaml("- {op: drop, columns: gone}")
    data = clew.read(pl.DataFrame({**rows, "gone": [1.0, 5.0, 2.0] * 9, "flat": [7.0] * 26 + [None]}))
    told = {f.column: f.detail for f in cluster(data, ClusterSpec(k=2, recipe=recipe)).findings if f.code == "ME140"}
    assert told == {
        "same": "'same' is left out, since it says the same in every row.",
        "since": "'since' is left out, since the recipe makes no number of its kind, datetime.",
        "gone": "'gone' is left out, since the recipe removes it.",
        "flat": "'flat' is left out, since it says the same wherever it has a value (to seven digits).",
    }
    with pytest.raises(DataError, match="'a0' is left out, since .*; and 2 more"):
        cluster(clew.read(pl.DataFrame({f"a{n}": [1.0] * 9 for n in range(5)})))
    with pytest.raises(DataError, match="none is a feature"):
        cluster(clew.read(pl.DataFrame({"row_id": [1, 2, 3]})), ClusterSpec(recipe=Recipe(())))


def test_columns_that_are_not_compared_go_through_as_they_came(customers, tmp_path):
    clusters = cluster(customers, ClusterSpec(k=2, columns=("visits",))).clusters
    rows = pl.DataFrame({"visits": ["31", "2.5"], "spent": ["much", "little"], "note": [1, 2]})
    labelled = clusters.label(rows)
    assert labelled.select("spent", "note").equals(rows.select("spent", "note"))
    assert labelled["visits"].to_list() == [31.0, 2.5]
    rows.write_csv(tmp_path / "rows.csv")
    assert clusters.label(tmp_path / "rows.csv").equals(labelled.cast({"note": pl.String}))
    assert clusters.assign_row(rows.row(0, named=True)) == labelled["cluster"][0]
    with pytest.raises(SchemaError, match="'visits'"):
        clusters.label(rows.drop("visits"))


def test_unseen_and_missing_values_are_assigned(customers):
    found = cluster(customers, ClusterSpec(k=3))
    row = {"spent": None, "visits": None, "channel": "carrier pigeon", "since": None, "rating": None}
    assert found.clusters.assign_row(row) in {0, 1, 2}


def test_labelled_rows_keep_their_own_columns(customers, found):
    rows = customers.frame.rename({"kind": "cluster"}).with_columns(kind=pl.lit("0"))
    labelled = found.clusters.label(rows)
    assert labelled.select(rows.columns).equals(rows)
    assert labelled["cluster_"].to_list() == found.labels.tolist()
    assert set(labelled["cluster_name"]) == {profile.name for profile in found.profiles}


def test_the_report_stands_by_itself(found, tmp_path):
    page = found.save(tmp_path / "clusters.html").read_text(encoding="utf-8")
    assert "How many clusters" in page
    assert found.profiles[0].name in page
    assert "https://" not in page
    with pytest.raises(UsageError, match="saved as a page"):
        found.save(tmp_path / "clusters.pdf")


def test_the_result_is_plain_json(found):
    told = json.loads(json.dumps(found.to_dict()))
    assert told["k"] == 3
    assert {"size", "profile"} <= set(told["clusters"][0])


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"algorithm": "kmeans"}, "no algorithm 'kmeans'.*k_means"),
        ({"k": 1}, "`k` is 1; it takes a whole number from 2 on"),
        ({"k": 2.5}, "`k` is 2.5"),
        ({"k": True}, "`k` is True"),
        ({"k_max": 1}, "`k_max` is 1"),
        ({"k_max": 51}, "`k_max` is 51; it takes a whole number from 2 to 50"),
        ({"columns": "visits"}, "`columns` is 'visits'; it takes names of columns"),
        ({"columns": ()}, "takes names of columns"),
        ({"seed": -1}, "`seed` is -1"),
        ({"algorithm": "hdbscan", "k": 3}, "finds the number of clusters by itself"),
        ({"min_cluster_size": 5}, "is for hdbscan, not for k_means"),
    ],
)
def test_what_makes_no_sense_is_refused(facts, says):
    with pytest.raises(UsageError, match=says):
        ClusterSpec(**facts)


@pytest.mark.parametrize(
    ("frame", "spec", "says"),
    [
        (pl.DataFrame({"a": [1.0] * 9}), {}, "No column of .* tells rows apart"),
        (pl.DataFrame({"a": [1.0, 2.0]}), {}, "2 rows with 2 different ones make no clusters"),
        (pl.DataFrame({"a": [1.0, 2.0] * 9}), {"k": 3}, "2 different rows among 18, too few for 3 clusters"),
        (pl.DataFrame({"a": [1.0, 2.0]}), {"columns": ("b",)}, "no column 'b'"),
    ],
)
def test_rows_that_make_no_clusters(frame, spec, says):
    with pytest.raises(DataError, match=says):
        cluster(clew.read(frame), ClusterSpec(**spec))


def test_wide_rows_and_many_equal_rows():
    random = np.random.default_rng(0)
    wide = random.normal(size=(60, 300)) + np.repeat([[0.0], [3.0]], 30, axis=0)
    assert sorted(np.bincount(Clusterer(k=2).fit(wide).labels_)) == [30, 30]
    equal = np.repeat([[0.0, 0.0], [5.0, 5.0], [9.0, 0.0]], 50, axis=0)
    for algorithm in ("k_means", "gaussian_mixture", "agglomerative", "hdbscan"):
        model = Clusterer(algorithm=algorithm, k=None if algorithm == "hdbscan" else 3).fit(equal)
        assert model.k_ == 3, algorithm


def test_few_rows_and_few_kinds_of_rows():
    assert cluster(clew.read(pl.DataFrame({"c": ["x", "y", "z"] * 9}))).k == 3
    alone = cluster(clew.read(pl.DataFrame({"a": [1.0, 2.0]})), ClusterSpec("hdbscan"))
    assert (alone.k, alone.labels.tolist()) == (0, [-1, -1])
    assert "ME142" in {finding.code for finding in alone.findings}


def test_truth_values_are_told_as_shares():
    random = np.random.default_rng(0)
    kind = random.random(200) < 0.5
    frame = pl.DataFrame({"x": kind * 9.0 + random.normal(size=200), "member": kind, "flag": kind.astype(int)})
    told = " ".join(cluster(clew.read(frame), ClusterSpec(k=2, columns=("x",))).profiles[0].sentences)
    assert "`member` is true in" in told
    assert "`flag` is" in told
    assert "median" in told.split("`x`")[1]
    assert "median" not in told.split("`flag`")[1].split("elsewhere")[0]


def test_a_folder_that_was_changed_is_refused(found, tmp_path):
    folder = found.clusters.save(tmp_path / "clusters")
    (folder / "assigner.npz").write_bytes(b"other")
    with pytest.raises(ArtifactError, match="was changed"):
        Clusters.load(folder)
    with pytest.raises(ArtifactError, match="holds no clusters"):
        Clusters.load(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(UsageError, match="folder of something else"):
        found.clusters.save(tmp_path / "mine")


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ("lacks 'profiles'", lambda facts: facts.pop("profiles")),
        ("lacks 'furthest'", lambda facts: facts.update(assigner="furthest")),
        ("holds no clusters that can be read", lambda facts: facts.update(points=None)),
        ("the clusters do not fit the rest", lambda facts: facts["profiles"].pop()),
        ("the scales do not fit the rest", lambda facts: facts["points"]["blocks"].pop()),
    ],
)
def test_facts_that_make_no_sense_are_refused(found, tmp_path, says, change):
    folder = found.clusters.save(tmp_path / "clusters")
    facts = json.loads((folder / MARKER).read_text())
    change(facts)
    (folder / MARKER).write_text(json.dumps(facts))
    write_manifest(folder)
    with pytest.raises(ArtifactError, match=says):
        Clusters.load(folder)


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ("the clusters do not fit the rest", lambda arrays: arrays.update(labels=arrays["labels"] + 7)),
        ("the clusters do not fit the rest", lambda arrays: arrays.update(known=arrays["known"][:, 1:])),
        ("reach", lambda arrays: arrays.pop("reach")),
    ],
)
def test_arrays_that_make_no_sense_are_refused(found, tmp_path, says, change):
    folder = found.clusters.save(tmp_path / "clusters")
    arrays = load_arrays(folder / "assigner.npz")
    change(arrays)
    save_arrays(folder / "assigner.npz", arrays)
    write_manifest(folder)
    with pytest.raises(ArtifactError, match=says):
        Clusters.load(folder)


def test_many_rows_are_assigned_from_some(real_tables):
    data = clew.read(real_tables / "tables" / "penguins.parquet")
    many = clew.Dataset.of(pl.concat([data.frame] * 13), data.schema, "many")
    found = cluster(many, ClusterSpec("agglomerative", k=2))
    assert "ME141" in {finding.code for finding in found.findings}
    assert (found.labels == found.clusters.assign(many)).all()


def test_the_least_size_is_one_of_all_rows_also_where_some_are_looked_at():
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(0, 1, (9_000, 2)), random.normal(12, 0.5, (1_000, 2))])
    data = clew.read(pl.DataFrame(points, schema=["x", "y"]))
    found = cluster(data, ClusterSpec("hdbscan", min_cluster_size=600))
    assert len(found.clusters.profiles) == 2
    assert "ME143" not in {finding.code for finding in found.findings}


def test_fewer_clusters_than_asked_for_are_told():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 25, dtype=float)
    data = clew.read(pl.DataFrame(corners, schema=["x", "y"]))
    found = cluster(data, ClusterSpec("agglomerative", k=3))
    assert len(found.clusters.profiles) == 2  # two pairs of corners tie
    (told,) = [finding for finding in found.findings if finding.code == "ME145"]
    assert told.evidence == {"wanted": 3, "found": 2}
    assert not [f for f in cluster(data, ClusterSpec("agglomerative", k=4)).findings if f.code == "ME145"]
    ClusterSpec(k=np.int64(3))
