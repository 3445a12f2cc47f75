import numpy as np
import polars as pl

from clew.core.schema import Kind

RNG = np.random.default_rng(0)
CITIES = [f"city {i}" for i in RNG.zipf(1.3, 3000) % 700]


def test_many_rare_labels_are_found(look):
    found = look(pl.DataFrame({"city": CITIES}))["DQ010", "city"]
    assert found.evidence["labels"] == len(set(CITIES))
    assert found.evidence["once"] == sum(CITIES.count(city) == 1 for city in set(CITIES))
    assert found.remedy["op"] == "group_rare"


def test_with_a_target_they_are_better_encoded_by_it(look):
    frame = pl.DataFrame({"city": CITIES, "y": RNG.choice(["a", "b"], 3000)})
    assert look(frame, target="y")["DQ010", "city"].remedy["op"] == "target_mean"


def test_many_rows_per_label_are_no_trouble(look):
    assert ("DQ010", "city") not in look(pl.DataFrame({"city": [f"city {i % 150}" for i in range(30_000)]}))


def test_few_labels_and_free_text_are_not(look):
    frame = pl.DataFrame({"few": [f"c{i % 90}" for i in range(2000)], "text": [f"a text {i}" for i in range(2000)]})
    found = look(frame, text={"kind": Kind.TEXT})
    assert not [code for code, _ in found if code == "DQ010"]
