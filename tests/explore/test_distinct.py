import numpy as np
import polars as pl
import pytest

from clew.explore.distinct import SIZE, DistinctSketch, hash_numbers, hash_texts
from clew.explore.texts import Texts


def texts(values):
    return Texts.of(pl.Series(values, dtype=pl.String))


def test_few_values_are_counted():
    hashes = hash_numbers(np.arange(SIZE - 1))
    assert DistinctSketch.of(hashes).exact
    assert DistinctSketch.of(np.tile(hashes, 3)).estimate() == SIZE - 1


@pytest.mark.parametrize("count", [5_000, 80_000])
@pytest.mark.parametrize("kind", ["integers", "floats", "texts"])
def test_many_values_are_estimated_within_four_standard_errors(count, kind):
    values = np.arange(count)
    hashes = {
        "integers": lambda: hash_numbers(values),
        "floats": lambda: hash_numbers(values / 7),
        "texts": lambda: hash_texts(texts([f"customer {value}" for value in values])),
    }[kind]()
    assert len(np.unique(hashes)) == count
    assert DistinctSketch.of(hashes).estimate() == pytest.approx(count, rel=4 / np.sqrt(SIZE - 2))


def test_parts_that_overlap_are_counted_once():
    values = np.arange(30_000)
    one, other = DistinctSketch.of(hash_numbers(values[:20_000])), DistinctSketch.of(hash_numbers(values[10_000:]))
    assert one.merge(other).hashes.tolist() == DistinctSketch.of(hash_numbers(values)).hashes.tolist()


def test_a_whole_number_has_one_hash_however_it_is_stored():
    whole = np.array([-3, 0, 7, 2**40])
    assert hash_numbers(whole).tolist() == hash_numbers(whole.astype(np.float64)).tolist()
    assert hash_numbers(whole[1:]).tolist() == hash_numbers(whole[1:].astype(np.uint64)).tolist()
    assert hash_numbers(np.array([-0.0])).tolist() == hash_numbers(np.array([0])).tolist()


def test_hashes_never_change_between_versions():
    # Stored sketches have to stay mergeable: these figures are part of the file format.
    assert hash_numbers(np.array([0, 1, -1])).tolist() == [
        16294208416658607535,
        10451216379200822465,
        16490336266968443936,
    ]
    assert hash_texts(texts(["", "a", "ä€"])).tolist() == [
        16294208416658607535,
        2106293278287090,
        5203960222048143058,
    ]


def test_texts_of_any_length_in_blocks(monkeypatch):
    some = texts(["", "a", "ab", "ba", "aa", "x" * 5000, "x" * 4999 + "y", "ä", "a\x00", "\x00a", "z" * 64, "z" * 65])
    whole = hash_texts(some)
    for name, size in (("_BLOCK", 3), ("_VALUES", 4), ("_SHORT", 0)):
        monkeypatch.setattr(f"clew.explore.distinct.{name}", size)
        assert hash_texts(some).tolist() == whole.tolist()
    assert len(set(whole.tolist())) == 12
    assert len(hash_texts(texts([]))) == 0


def test_the_sketch_survives_json():
    sketch = DistinctSketch.of(hash_numbers(np.arange(5000)))
    assert DistinctSketch.from_text(sketch.to_text()).hashes.tolist() == sketch.hashes.tolist()
