import numpy as np
import polars as pl
import pytest

RNG = np.random.default_rng(0)
ROWS = 1200


def species(flipped=0.0, clear=3.0):
    kind = RNG.integers(0, 3, ROWS)
    said = kind.copy()
    wrong = RNG.random(ROWS) < flipped
    said[wrong] = (said[wrong] + 1) % 3
    features = {f"x{i}": RNG.normal(clear * (kind == i), 1) for i in range(3)}
    more = {f"z{i}": RNG.normal(clear * (kind == i), 1) for i in range(3)}
    return pl.DataFrame({**features, **more, "kind": np.array(["a", "b", "c"])[said]}), np.flatnonzero(wrong)


@pytest.mark.parametrize("share", [0.03, 0.1])
def test_labels_that_were_mixed_up_are_found_and_named(closer, share):
    frame, wrong = species(share)
    seen = closer(frame, target="kind")
    found = {item.code: item for item in seen.findings}["DQ030"]
    assert found.evidence["share"] == pytest.approx(len(wrong) / ROWS, abs=0.02)
    assert found.evidence["low"] <= len(wrong) / ROWS <= found.evidence["high"]
    named = set(seen.labels.suspected.tolist())
    assert len(named & set(wrong.tolist())) >= 0.8 * max(len(named), len(wrong))
    first = found.evidence["suspects"][0]
    assert first["row"] in wrong
    assert first["label"] == frame["kind"][first["row"]] != first["suggested"]


def test_clean_labels_are_not(found_closer):
    assert ("DQ030", "kind") not in found_closer(species()[0], target="kind")


def test_honest_labels_that_features_cannot_tell_apart_are_not_blamed(closer):
    seen = closer(species(clear=0.8)[0], target="kind")
    assert not seen.labels.assessed
    assert seen.labels.doubtful > 0.2
    assert "DQ030" not in {item.code for item in seen.findings}
