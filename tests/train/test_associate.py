"""Itemsets, rules and recommendations, held against counting one by one and against scipy."""

import json
import os
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control, fisher_exact, hypergeom
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator
from tests.train.associate_brute import itemsets as by_hand

import clew
from clew.core.errors import ArtifactError, DataError, UsageError
from clew.core.schema import Role
from clew.train.associate import mine as mining
from clew.train.associate.associate import associate
from clew.train.associate.baskets import read_baskets
from clew.train.associate.estimator import AssociationRules, BasketError
from clew.train.associate.mine import mine, population
from clew.train.associate.result import Associations
from clew.train.associate.significance import Correction, adjust, fisher
from clew.train.associate.spec import AssociationSpec

GROCERIES = Path(os.environ.get("CLEW_DATA", "")) / "baskets" / "groceries_baskets.parquet"
BASKETS = [["bread", "butter"], ["bread", "butter", "milk"], ["milk"], ["bread", "milk"], ["butter", "bread"]]
#: Everything that holds for random baskets of up to seven items.
RANDOM = st.lists(st.frozensets(st.sampled_from("abcdefg"), max_size=7), min_size=2, max_size=40)


def drawn(baskets: int, items: int, share: float, seed: int = 0) -> list[list[str]]:
    there = np.random.default_rng(seed).random((baskets, items)) < share * np.linspace(0.3, 1.7, items)
    return [[f"i{item}" for item in np.flatnonzero(row)] for row in there]


def sets_of(found: Associations) -> dict[frozenset[str], int]:
    return {frozenset(row["itemset"]): row["count"] for row in found.itemsets.to_dicts()}


@settings(max_examples=60, deadline=None)
@given(RANDOM, st.integers(1, 6))
def test_itemsets_are_those_that_one_counts_by_hand(baskets, least):
    least = min(least, len(baskets))
    frequent = by_hand(baskets, least)
    spec = AssociationSpec(min_support=least / len(baskets))
    assert sets_of(associate(baskets, spec)) == frequent
    closed = {s: c for s, c in frequent.items() if not any(s < t and c == d for t, d in frequent.items())}
    assert sets_of(associate(baskets, AssociationSpec(spec.min_support, itemsets="closed"))) == closed
    maximal = {s: c for s, c in frequent.items() if not any(s < t for t in frequent)}
    assert sets_of(associate(baskets, AssociationSpec(spec.min_support, itemsets="maximal"))) == maximal


@settings(max_examples=30, deadline=None)
@given(RANDOM, st.floats(0, 1), st.integers(1, 4))
def test_rules_are_those_that_one_counts_by_hand(baskets, confidence, right):
    frequent = by_hand(baskets, 2)
    wanted = {
        (frozenset(both - set(other)), frozenset(other)): (
            count,
            frequent[both - set(other)],
            frequent[frozenset(other)],
        )
        for both, count in frequent.items()
        for size in range(1, min(right, len(both) - 1) + 1)
        for other in combinations(sorted(both), size)
        if count / frequent[both - set(other)] >= confidence
    }
    found = associate(baskets, AssociationSpec(2 / len(baskets), confidence, max_consequent=right))
    rules = {(frozenset(r["antecedent"]), frozenset(r["consequent"])): r for r in found.rules.frame.to_dicts()}
    assert rules.keys() == wanted.keys()
    n = len(baskets)
    b, a, c = np.array(list(wanted.values()), dtype=float).reshape(-1, 3).T / n
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(b == a, np.inf, (1 - c) / (1 - b / a))
        zhang = np.nan_to_num((b - a * c) / np.maximum(b * (1 - a), a * (c - b)))
    expected = {
        "count": b * n,
        "support": b,
        "confidence": b / a,
        "lift": b / (a * c),
        "leverage": b - a * c,
        "conviction": conviction,
        "zhang": np.where(c == 1, 0, zhang),
        "jaccard": b / (a + c - b),
        "p_value": hypergeom.sf(np.rint(b * n) - 1, n, np.rint(a * n), np.rint(c * n)),
    }
    shorter = {
        sides: max(
            (frequent[left - {item} | right] / frequent[left - {item}] if len(left) > 1 else frequent[right] / n)
            for item in left
        )
        for sides in wanted
        for left, right in (sides,)
    }
    expected["improvement"] = b / a - np.array([shorter[sides] for sides in wanted])
    for name, values in expected.items():
        measured = np.array([rules[sides][name] for sides in wanted], dtype=float)
        np.testing.assert_allclose(measured, values, rtol=1e-7, atol=1e-12, err_msg=name)


def test_small_batches_and_pieces_find_the_same(monkeypatch):
    baskets = read_baskets(drawn(400, 14, 0.4))
    whole = mine(baskets, 8)
    monkeypatch.setattr(mining, "_AT_ONCE", 50)
    monkeypatch.setattr(mining, "_CELLS", 20)
    parts = mine(baskets, 8)
    assert len(whole) > 1000
    for name in ("parent", "item", "count", "starts", "order"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_bits_are_counted_without_the_function_of_numpy_2(monkeypatch):
    bits = np.random.default_rng(0).integers(0, 2**63, (7, 5), dtype=np.uint64)
    counted = population(bits)
    monkeypatch.delattr(np, "bitwise_count")
    np.testing.assert_array_equal(population(bits), counted)


def test_the_length_of_itemsets_can_be_limited():
    baskets = drawn(200, 8, 0.5)
    for longest in (1, 2, 3):
        found = associate(baskets, AssociationSpec(0.05, max_length=longest))
        assert found.itemsets["length"].max() == longest
        assert sets_of(found) == {
            s: c for s, c in by_hand([frozenset(b) for b in baskets], 10).items() if len(s) <= longest
        }


def test_long_wide_listed_and_sparse_baskets_are_the_same():
    # A long table knows no empty basket.
    lists = [held or ["i0"] for held in drawn(120, 9, 0.35, seed=3)]
    long = pl.DataFrame(
        [{"order": f"o{number:03d}", "product": item} for number, held in enumerate(lists) for item in held]
    )
    there = np.array([[f"i{item}" in held for item in range(9)] for held in lists])
    wide = pl.DataFrame(there, schema=[f"i{item}" for item in range(9)])
    spec = AssociationSpec(0.05, 0.1)
    whole = associate(lists, spec)
    frames = [
        associate(wide, spec),
        associate(wide.cast(pl.Int64).to_pandas(), spec),
        associate(wide.cast(pl.Float64) * 3, spec),
        associate(pl.DataFrame({"products": lists}), spec, item="products"),
        associate(long.sample(fraction=1, shuffle=True, seed=0), spec, transaction="order", item="product"),
    ]
    assert len(whole.rules) > 20
    for found in frames:
        assert found.rules.frame.equals(whole.rules.frame)
        assert found.itemsets.equals(whole.itemsets)
    for table in (there.astype(float), csr_array(there)):
        renamed = associate(table, spec).rules.frame["consequent"].list.eval(pl.element().str.replace("x", "i"))
        assert renamed.equals(whole.rules.frame["consequent"])


def test_integers_stay_integers():
    found = AssociationRules(min_support=0.4).fit([[1, 2], [2, 1, 3], [3]])
    assert found.rules_["antecedent"].to_list() == [[1], [2]]
    assert found.recommend([[1], [9]])["item"].to_list() == [2]
    assert found.predict([[1], [9]]).tolist() == [2, None]


def test_p_values_and_corrections_agree_with_scipy():
    rng = np.random.default_rng(0)
    one, other = rng.integers(1, 900, (2, 300))
    both = rng.integers(np.maximum(0, one + other - 1000), np.minimum(one, other) + 1)
    p_values = fisher(both, one, other, 1000)
    squares = zip(both, one, other, strict=True)
    exact = [fisher_exact([[b, a - b], [c - b, 1000 - a - c + b]], alternative="greater").pvalue for b, a, c in squares]
    np.testing.assert_allclose(p_values, exact, rtol=1e-7, atol=1e-300)
    for correction, method in (("benjamini_hochberg", "bh"), ("benjamini_yekutieli", "by")):
        ours = adjust(p_values, len(p_values), Correction(correction))
        np.testing.assert_allclose(ours, false_discovery_control(p_values, method=method), rtol=1e-9)
    assert adjust(np.array([0.01, 0.04, 0.02]), 5, Correction.BONFERRONI) == pytest.approx([0.05, 0.2, 0.1])
    assert adjust(np.array([0.01, 0.04, 0.02]), 5, Correction.HOLM) == pytest.approx([0.05, 0.12, 0.08])
    # Tests that were not kept count as if their p-value were 1.
    padded = false_discovery_control(np.append(p_values, np.ones(5000)))[:300]
    np.testing.assert_allclose(adjust(p_values, 5300, Correction.BENJAMINI_HOCHBERG), padded, rtol=1e-9)


@pytest.mark.parametrize(("longest", "right"), [(2, 1), (3, 1), (3, 2), (4, 3), (None, 1)])
def test_only_pairs_that_the_length_allows_are_adjusted_for(longest, right):
    baskets = drawn(200, 8, 0.5)
    found = associate(baskets, AssociationSpec(0.05, 0.0, max_length=longest, max_consequent=right))
    frequent = [s for s in by_hand([frozenset(b) for b in baskets], 10) if longest is None or len(s) <= longest]
    pairs = sum(
        # Of one item alone, those that the antecedent holds are known to make no rule.
        (len(other) > 1 or not other <= one) and (longest is None or len(one) + len(other) <= longest)
        for one in frequent
        for other in frequent
        if len(other) <= right
    )
    assert found.rules.tests == pairs
    measures = associate(
        baskets, AssociationSpec(0.05, 0.0, max_length=longest, max_consequent=right, correction="bonferroni")
    ).rules.measures
    expected = np.minimum(measures["p_value"] * pairs, 1)
    np.testing.assert_allclose(measures["p_adjusted"], expected, rtol=1e-9)


def test_independent_items_hardly_ever_make_a_significant_rule():
    false = 0
    for seed in range(40):
        found = associate(drawn(300, 12, 0.2, seed), AssociationSpec(0.02, 0.0, correction="holm"))
        false += bool((found.rules.measures["p_adjusted"] <= 0.05).any())
        assert len(found.rules) > 50
    # At most 5 % of such data sets should show one: with 40 of them, more than 6 would come once in a thousand times.
    assert false <= 6


def test_rules_that_may_be_chance_can_be_left_out():
    baskets = [[*held, *(["pair"] if "i8" in held else [])] for held in drawn(300, 9, 0.3, seed=5)]
    every = associate(baskets, AssociationSpec(0.02, 0.1))
    sure = associate(baskets, AssociationSpec(0.02, 0.1, max_p=0.05))
    assert {finding.code for finding in every.findings} >= {"ME167"}
    assert 0 < len(sure.rules) < len(every.rules)
    assert every.rules.frame.filter(pl.col("p_adjusted") <= 0.05).equals(sure.rules.frame)
    for name in ("min_improvement", "min_lift"):
        limited = associate(baskets, AssociationSpec(0.02, 0.1, **{name: 0.3})).rules.frame
        told = every.rules.frame.filter(pl.col(name.removeprefix("min_")) >= 0.3).drop("p_adjusted")
        assert limited.drop("p_adjusted").equals(told)
    assert every.rules.frame.filter(pl.col("lift") >= 1.5).height == len(
        associate(baskets, AssociationSpec(0.02, 0.1, min_lift=1.5)).rules
    )


def test_a_recommendation_is_the_surest_rule_that_speaks_for_the_basket():
    baskets = drawn(300, 10, 0.35, seed=7)
    model = AssociationRules(min_support=0.02, min_confidence=0.2, max_consequent=2).fit(baskets)
    asked = [*drawn(40, 10, 0.2, seed=8), [], ["unknown"], ["i9", "unknown"]]
    told = model.recommend(asked, most=3)
    rules = model.rules_.to_dicts()
    for place, held in enumerate(asked):
        best: dict[str, dict] = {}
        for rule in rules:
            if set(rule["antecedent"]) <= set(held):
                for item in rule["consequent"]:
                    if item not in held:
                        best.setdefault(item, rule)
        wanted = [(item, rule["confidence"], rule["antecedent"]) for item, rule in list(best.items())[:3]]
        got = told.filter(pl.col("basket") == place)
        assert got["rank"].to_list() == list(range(1, len(wanted) + 1))
        assert sorted(got["confidence"]) == sorted(confidence for _, confidence, _ in wanted)
        assert set(got["item"]) == {item for item, _, _ in wanted}
        assert model.predict([held])[0] == (got["item"][0] if len(got) else None)


def test_many_baskets_at_once_are_answered_as_one_by_one(monkeypatch):
    model = AssociationRules(min_support=0.02).fit(drawn(200, 9, 0.3))
    asked = drawn(60, 9, 0.3, seed=1)
    whole = model.recommend(asked)
    monkeypatch.setattr("clew.train.associate.recommend._PAIRS", 10)
    assert model.recommend(asked).equals(whole)
    monkeypatch.setattr("clew.train.associate.recommend._CELLS", 20)
    assert model.recommend(asked).equals(whole)


@pytest.mark.parametrize("most", [0, -1, "x", 2.5, None])
def test_how_many_are_recommended_is_checked(most):
    model = AssociationRules(min_support=0.3).fit(BASKETS)
    for recommend in (model.recommend, model.result_.recommend):
        with pytest.raises(UsageError, match="`most` is .*; it takes a whole number from 1 on"):
            recommend(BASKETS, most=most)


def test_items_of_a_wide_table_are_named_as_scikit_learn_does():
    wide = pl.DataFrame({"tea": [1, 1, 0], "milk": [1, 0, 1]})
    model = AssociationRules(min_support=0.3).fit(wide)
    assert model.feature_names_in_.tolist() == ["tea", "milk"]
    assert not hasattr(model.fit(BASKETS), "feature_names_in_")


def test_findings_are_kept_with_the_rules(tmp_path):
    found = associate(drawn(100, 9, 0.3), AssociationSpec(0.02, 0.1))
    assert found.findings
    path = found.save(tmp_path / "rules.npz")
    again = Associations.load(path)
    assert again.findings == found.findings
    assert again.save(tmp_path / "again.npz").read_bytes() == path.read_bytes()
    # A file of an earlier version kept none, so nothing is said of them.
    arrays = dict(np.load(path))
    about = json.loads(arrays["about"].tobytes())
    del about["findings"]
    np.savez(path, **{**arrays, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)})
    older = Associations.load(path)
    assert older.findings is older.to_dict()["findings"] is None
    page = older.save(tmp_path / "rules.html").read_text(encoding="utf-8")
    assert "Findings" not in page
    assert "Findings" in found.save(tmp_path / "rules.html").read_text(encoding="utf-8")
    assert "What goes together" in older._repr_html_()


def test_figures_of_rules_are_plain_json():
    told = associate(BASKETS, AssociationSpec(0.3)).to_dict()
    assert any(rule["conviction"] is None for rule in told["strongest"])
    json.dumps(told, allow_nan=False)


def test_what_is_not_adjusted_is_not_called_so(tmp_path):
    baskets = drawn(300, 9, 0.3, seed=5)
    for correction, is_adjusted in (("none", False), ("holm", True)):
        found = associate(baskets, AssociationSpec(0.02, 0.1, correction=correction))
        (told,) = [finding.detail for finding in found.findings if finding.code == "ME167"]
        assert ("not adjusted for" in told) is not is_adjusted
        page = found.save(tmp_path / "rules.html").read_text(encoding="utf-8")
        assert ("beyond chance" in page) is is_adjusted
        assert ("p adjusted" in page) is is_adjusted
        assert ("It is adjusted for all pairs" in page) is is_adjusted


def test_a_saved_model_recommends_the_same_without_pickle(tmp_path):
    model = AssociationRules(min_support=0.05, correction="holm").fit(drawn(200, 9, 0.3))
    path = model.save(tmp_path / "rules.npz")
    again = AssociationRules.load(path)
    assert again.get_params() == model.get_params()
    assert again.rules_.equals(model.rules_)
    assert again.itemsets_.equals(model.itemsets_)
    asked = drawn(20, 9, 0.3, seed=1)
    assert again.recommend(asked).equals(model.recommend(asked))
    assert path.read_bytes() == model.save(tmp_path / "twice.npz").read_bytes()
    assert np.load(path, allow_pickle=False).files


@pytest.mark.parametrize("damage", ["cut", "other", "codes", "newer"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = AssociationRules(min_support=0.05).fit(drawn(100, 9, 0.3)).save(tmp_path / "rules.npz")
    arrays = dict(np.load(path))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "other":
        np.savez(path, about=np.zeros(3))
    elif damage == "codes":
        np.savez(path, **{**arrays, "consequent": arrays["consequent"] + 100})
    else:
        about = arrays["about"].tobytes().replace(b'"format": 1', b'"format": 9')
        np.savez(path, **{**arrays, "about": np.frombuffer(about, np.uint8)})
    with pytest.raises(ArtifactError, match="rules.npz"):
        AssociationRules.load(path)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_it_keeps_the_contract_of_scikit_learn():
    check_estimator(AssociationRules())


def test_clones_and_names_are_those_of_scikit_learn():
    model = AssociationRules(min_support=0.3, transaction="a")
    assert clone(model).get_params() == model.get_params()
    assert clew.AssociationRules is AssociationRules


@pytest.mark.parametrize(
    ("data", "columns", "says"),
    [
        ([], {}, "no basket"),
        ([["a", "b"]], {}, "only one basket"),
        (["bread", "milk"], {}, "'bread'; a basket is a list"),
        ([1, 2], {}, "Basket 0 is 1"),
        (pl.DataFrame({"a": ["x", "y"]}), {}, "holds String; a wide table"),
        (pl.DataFrame({"a": [1, -1]}), {}, "holds -1"),
        (np.array([[1.0, np.nan], [0, 1]]), {}, "NaN"),
        (pl.DataFrame({"o": [1, 2], "p": [[["x"]], [["y"]]]}), {"transaction": "o", "item": "p"}, "type List"),
        (pl.DataFrame({"o": [None, None], "p": ["x", "y"]}), {"transaction": "o", "item": "p"}, "no basket"),
        (pl.DataFrame({"o": [1, 2], "p": [b"\xff", b"y"]}), {"transaction": "o", "item": "p"}, "type Binary"),
        (pl.DataFrame({"o": [b"\xff", b"y"], "p": [1, 2]}), {"transaction": "o", "item": "p"}, "type Binary"),
        (pl.DataFrame({"a": [Decimal("1.5"), Decimal("-2.5")]}), {}, "'a' holds -2.5"),
        (pl.DataFrame({"row_id": [7, 8, 9]}), {}, "no column of the table is an item: each has another role"),
        (np.array([[1.0, -1.0], [0, 1]]), {}, "Negative values"),
        (csr_array([[1.0, np.nan], [0, 1]]), {}, "NaN"),
    ],
)
def test_what_holds_no_baskets_is_refused(data, columns, says):
    with pytest.raises((BasketError, ValueError), match=says):
        AssociationRules(**columns).fit(data)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"min_support": 0}, "above 0"),
        ({"min_support": 1.5}, "at most 1"),
        ({"min_support": "much"}, "'much'"),
        ({"min_confidence": -0.1}, "from 0 to 1"),
        ({"min_lift": -1}, "0 or more"),
        ({"max_length": 0}, "max_length"),
        ({"max_p": float("nan")}, "max_p"),
        ({"itemsets": "closd"}, "'closed'"),
        ({"itemsets": ["closed"]}, "`itemsets` is \\['closed'\\]"),
        ({"correction": "bonferoni"}, "'bonferroni'"),
        ({"transaction": "order"}, "item. is not"),
        ({"item": "product"}, "holds no lists"),
        ({"transaction": "order", "item": "order"}, "both 'order'"),
        ({"transaction": "ordr", "item": "product"}, "'order'"),
    ],
)
def test_wrong_settings_are_named(wrong, says):
    long = pl.DataFrame({"order": [1, 1, 2], "product": ["a", "b", "a"]})
    with pytest.raises(UsageError, match=says):
        AssociationRules(**wrong).fit(long)


def test_what_is_odd_in_a_long_table_is_told_and_counted_once():
    long = pl.DataFrame(
        {
            "order": [1, 1, 1, 2, 2, None, 3, 4, 4],
            "product": ["a", "b", "a", "a", "b", "a", None, "", "c"],
        }
    )
    found = associate(long, AssociationSpec(0.2), transaction="order", item="product")
    assert found.baskets == 4
    assert sets_of(found) == {frozenset("a"): 2, frozenset("b"): 2, frozenset("ab"): 2, frozenset("c"): 1}
    told = {finding.code: finding.evidence for finding in found.findings}
    assert told["ME161"] == {"rows": 1}
    assert told["ME162"] == {"rows": 2}
    assert told["ME163"] == {"rows": 1}
    assert told["ME164"] == {"baskets": 1}
    assert "ME166" in told


def test_a_list_without_items_is_an_empty_basket():
    lists = [["a", "b"], ["a"], [], None]
    for columns in ({"item": "held"}, {"transaction": "order", "item": "held"}):
        found = associate(pl.DataFrame({"order": [1, 2, 3, 4], "held": lists}), AssociationSpec(0.25), **columns)
        assert found.baskets == 4
        assert found.rules.frame["support"].to_list() == [0.25, 0.25]
        assert [finding.code for finding in found.findings if finding.code in {"ME162", "ME164"}] == ["ME164"]


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_length": 1}, "max_length is 1"),
        ({"max_p": 0.01}, "min_confidence and max_p together"),
        ({"min_support": 0.9}, "No two items"),
    ],
)
def test_what_left_no_rule_is_named(limits, says):
    baskets = [["a"]] * 9 + [["a", "b"]]
    found = associate(baskets, AssociationSpec(**{"min_support": 0.1, "min_confidence": 0.0} | limits))
    assert says in next(finding.detail for finding in found.findings if finding.code == "ME165")


@pytest.mark.parametrize("baskets", [[[], [], []], [["a"], ["b"], ["c"], ["d"]]])
def test_nothing_frequent_is_an_answer(baskets):
    found = associate(baskets, AssociationSpec(0.5))
    assert (len(found.itemsets), len(found.rules)) == (0, 0)
    assert "ME165" in {finding.code for finding in found.findings}
    assert found.to_dict()["strongest"] == []
    assert found.recommend([["a"]]).is_empty()


def test_a_search_without_end_is_ended():
    everything = np.ones((50, 60))
    with pytest.raises(BasketError, match="More than 10,000 itemsets are in at least 1 of 50 baskets"):
        AssociationRules(max_itemsets=10_000).fit(everything)
    with pytest.raises(DataError, match="More than 100 rules"):
        associate(drawn(100, 9, 0.5), AssociationSpec(0.01, 0.0, max_rules=100))


def test_a_page_shows_rules_and_pictures(tmp_path):
    baskets = [[f"<b>{item}</b>" for item in held] for held in drawn(300, 12, 0.3)]
    page = associate(baskets, AssociationSpec(0.02, 0.1)).save(tmp_path / "rules.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "<b>i" not in page
    assert "&lt;b&gt;i11&lt;/b&gt;" in page


@pytest.mark.skipif(not GROCERIES.is_file(), reason="CLEW_DATA names no folder with the groceries baskets")
def test_the_groceries_baskets():
    model = AssociationRules(min_support=0.001, min_confidence=0.5, transaction="basket", item="item").fit(GROCERIES)
    # mlxtend counts as many, without the spaces that stand behind two of the items in some baskets.
    assert len(model.itemsets_) == 13_492
    assert model.rules_.filter(pl.col("antecedent").list.len() == 1, pl.col("lift") > 3).is_empty()
    assert "whole milk" in model.recommend(["butter", "curd", "yogurt"])["item"].to_list()


def test_an_item_that_is_stored_twice_counts_once():
    doubled = csr_array((np.ones(5), np.array([0, 0, 1, 0, 1]), np.array([0, 3, 5])), shape=(2, 2))
    before = doubled.data.copy(), doubled.indices.copy()
    baskets = read_baskets(doubled)
    assert baskets.counts().tolist() == [2, 2]
    assert (doubled.data == before[0]).all()
    assert (doubled.indices == before[1]).all()


def test_what_is_not_a_number_is_no_item():
    with pytest.raises(DataError, match="NaN in data: a wide table holds 0, 1 or counts"):
        read_baskets(np.array([[1.0, np.nan], [0.0, 1.0]]))
    wide = pl.DataFrame({"tea": [1.0, float("nan"), 0.0], "milk": [float("nan"), 1.0, 1.0]})
    assert read_baskets(wide).counts().tolist() == [1, 2]
    assert read_baskets([["tea", float("nan")], ["tea", None]]).items.to_list() == ["tea"]
    long = pl.DataFrame({"order": [1, 1, 2], "item": [3.0, float("nan"), 3.0]})
    assert len(read_baskets(long, transaction="order", item="item").items) == 1


def test_codes_beyond_64_bits_are_items_by_their_digits():
    long = pl.DataFrame({"order": [1, 1, 2], "item": pl.Series([2**63 + 1, 7, 7], dtype=pl.UInt64)})
    assert set(read_baskets(long, transaction="order", item="item").items) == {"7", str(2**63 + 1)}
    assert set(read_baskets([[2**70, 7], [7]]).items) == {"7", str(2**70)}


def test_items_of_another_type_that_are_unknown_are_left_out():
    known = pl.Series("item", [-1, 3], dtype=pl.Int64)
    held = read_baskets([["3", "tea"], ["milk"]]).in_terms_of(known)
    assert held.lengths.tolist() == [1, 0]


def test_what_names_nothing_is_missing_in_frames_and_lists_too():
    long = pl.DataFrame({"order": [1.0, 1.0, float("nan"), float("nan"), 2.0], "item": ["a", "b", "a", "c", " "]})
    baskets = read_baskets(long, transaction="order", item="item")
    assert (len(baskets), baskets.items.to_list()) == (2, ["a", "b"])
    assert {finding.code: finding.evidence for finding in baskets.findings} == {
        "ME161": {"rows": 2},
        "ME162": {"rows": 1},
    }
    named = pl.DataFrame({"order": ["x", "", "y", " ", "y"], "item": [1, 2, 3, 4, 5]})
    assert read_baskets(named, transaction="order", item="item").names.to_list() == ["x", "y"]
    assert read_baskets([["a", ""], ["", "b"]]).items.to_list() == ["a", "b"]
    assert read_baskets(pl.DataFrame({"held": [["a", ""], ["b"]]}), item="held").items.to_list() == ["a", "b"]


def test_identifiers_of_a_wide_table_are_no_items_whatever_frame_it_is():
    wide = pl.DataFrame({"order_id": [101, 102, 103], "tea": [1, 1, 0], "none": [None, None, None]})
    for data in (wide, wide.lazy(), wide.to_pandas()):
        assert read_baskets(data).items.to_list() == ["tea", "none"]


@pytest.mark.parametrize("kind", ["closed", "maximal"])
def test_itemsets_that_are_all_too_long_are_not_called_infrequent(kind):
    found = associate([["a", "b", "c"]] * 4, AssociationSpec(0.5, itemsets=kind, max_length=2))
    assert found.itemsets.is_empty()
    assert len(found.rules)
    (told,) = [finding.detail for finding in found.findings if finding.code == "ME165"]
    assert told == f"Every {kind} itemset is longer than max_length, 2. Raise it."


@pytest.mark.parametrize("kind", ["closed", "maximal"])
def test_no_larger_one_means_none_at_all(kind):
    baskets = [["a", "b", "c"]] * 3 + [["a", "b"]]
    short = associate(baskets, AssociationSpec(min_support=0.5, itemsets=kind, max_length=2))
    whole = associate(baskets, AssociationSpec(min_support=0.5, itemsets=kind))
    assert sets_of(short) == {items: count for items, count in sets_of(whole).items() if len(items) < 3}
    plain = associate(baskets, AssociationSpec(min_support=0.5, max_length=2))
    assert short.rules.frame.equals(plain.rules.frame)


def test_the_words_name_what_helps():
    apart = associate([["a"], ["b"], ["a"], ["b"]], AssociationSpec(min_support=0.5))
    assert any("No two items stand together" in finding.detail for finding in apart.findings)
    AssociationSpec(max_length=np.int64(3), min_support=np.float32(0.5)).check()


def test_columns_that_the_domain_calls_something_else_are_no_items():
    data = clew.read(pl.DataFrame({"order": [101, 102, 103], "tea": [1, 1, 0], "milk": [1, 0, 1]}))
    named = replace(data, schema=data.schema.with_facts("order", role=Role.ID))
    assert read_baskets(named).items.to_list() == ["tea", "milk"]


def test_spaces_around_an_item_and_codes_beside_gaps_make_no_other_item():
    found = AssociationRules(min_support=0.5).fit([["milk", "bread"], [" milk", "bread "], ["milk"]])
    assert found.recommend([["bread"]])["item"].to_list() == ["milk"]
    long = pl.DataFrame({"basket": [1, 1, 2, 2, 3], "item": [10.0, 20.0, 10.0, 20.0, None]})
    codes = AssociationRules(min_support=0.5, transaction="basket", item="item").fit(long)
    assert codes.recommend([[10]])["item"].to_list() == ["20"]


def test_column_that_numbers_the_baskets_is_no_item():
    frame = pl.DataFrame(
        {"order": range(1, 51), "milk": [i % 2 for i in range(50)], "bread": [i % 3 for i in range(50)]}
    )
    found = associate(frame, spec=AssociationSpec(min_support=0.1))
    assert set(read_baskets(frame).items) == {"milk", "bread"}
    assert [(item.code, item.column) for item in found.findings if item.code == "ME168"] == [("ME168", "order")]
