import numpy as np
import polars as pl

from clew.core.schema import Role

RNG = np.random.default_rng(0)
PATIENTS, VISITS = 120, 8


def visits(name="patient_id"):
    """Each patient has values of their own in all visits, and one answer."""
    person = np.repeat(np.arange(PATIENTS), VISITS)
    order = RNG.permutation(len(person))
    born, height = RNG.normal(size=(2, PATIENTS))
    ill = RNG.random(PATIENTS) < 0.5
    return pl.DataFrame(
        {
            name: [f"P{p:03d}" for p in person],
            "born": born[person],
            "height": height[person],
            "pulse": RNG.normal(size=len(person)),
            "ill": np.where(ill[person], "yes", "no"),
        }
    )[order]


def test_a_patient_on_both_sides_of_a_split_is_found(found_closer):
    found = found_closer(visits(), target="ill")["LK007", "patient_id"]
    assert found.evidence["groups"] == PATIENTS
    assert found.evidence["shuffled"] > 0.9
    assert found.evidence["grouped"] < 0.65
    assert found.evidence["constant_columns"] == ["born", "height"]
    assert "role: group" in found.detail


def test_other_names_are_found_by_what_is_the_same_in_all_their_rows(found_closer):
    assert ("LK007", "who") in found_closer(visits("who"), target="ill")


def test_a_declared_group_and_one_that_knows_nothing_are_not(found_closer):
    assert ("LK007", "patient_id") not in found_closer(visits(), target="ill", patient_id={"role": Role.GROUP})
    frame = visits()
    answer = pl.Series(np.where(frame["pulse"] + RNG.normal(0, 0.3, len(frame)) > 0, "yes", "no"))
    assert ("LK007", "patient_id") not in found_closer(frame.with_columns(ill=answer), target="ill")
