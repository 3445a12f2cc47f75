"""Fitted parts on disk: hashes, arrays, scikit-learn objects."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clew.core.errors import ArtifactError
from clew.store.artifacts import (
    MANIFEST,
    load_arrays,
    load_sklearn,
    pack_arrays,
    save_arrays,
    save_sklearn,
    verify,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "members").mkdir()
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "members" / "b.bin").write_bytes(b"\0\1")
    write_manifest(tmp_path)
    return tmp_path


def test_untouched_folder_verifies(folder):
    assert list(verify(folder)) == ["a.json", "members/b.bin"]


def test_changed_file_is_named(folder):
    (folder / "members" / "b.bin").write_bytes(b"\0\2")
    with pytest.raises(ArtifactError, match=r"was changed after it was written: members/b\.bin"):
        verify(folder)


def test_missing_file_is_named(folder):
    (folder / "a.json").unlink()
    with pytest.raises(ArtifactError, match=r"lacks a\.json"):
        verify(folder)


def test_added_file_is_named(folder):
    (folder / "c.py").write_text("")
    with pytest.raises(ArtifactError, match=r"does not know: c\.py"):
        verify(folder)


def test_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="no manifest"):
        verify(tmp_path)


@pytest.mark.parametrize("text", ["[]", '{"a.json": 1}', "{"])
def test_nonsense_manifest_is_refused(folder, text):
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ArtifactError):
        verify(folder)


_plain = st.sampled_from([np.float64, np.float32, np.int64, np.int32, np.bool_])


@given(values=_plain.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))))
def test_arrays_come_back_as_they_were(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("arrays") / "a.npz"
    save_arrays(path, {"values": values})
    back = load_arrays(path)["values"]
    assert (back.shape, back.dtype, back.tobytes()) == (values.shape, values.dtype, values.tobytes())


def test_equal_arrays_make_equal_bytes():
    assert pack_arrays({"a": np.arange(3)}) == pack_arrays({"a": np.arange(3)})


def test_objects_are_neither_written_nor_read(tmp_path):
    values = np.array([{"a": 1}], dtype=object)
    with pytest.raises(ValueError, match="[Oo]bject arrays"):
        pack_arrays({"a": values})
    np.savez(tmp_path / "pickled.npz", a=values)
    with pytest.raises(ArtifactError, match=r"pickled\.npz holds no arrays"):
        load_arrays(tmp_path / "pickled.npz")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\3\4nonsense"])
def test_damaged_arrays_are_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ArtifactError):
        load_arrays(tmp_path / "a.npz")


def test_sklearn_object_comes_back(tmp_path):
    from sklearn.ensemble import RandomForestClassifier

    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    save_sklearn(forest, tmp_path / "forest.skops")
    assert (load_sklearn(tmp_path / "forest.skops").predict_proba(X) == forest.predict_proba(X)).all()


def test_foreign_type_needs_trust(tmp_path):
    from sklearn.preprocessing import FunctionTransformer

    save_sklearn(FunctionTransformer(json.dumps), tmp_path / "f.skops")
    with pytest.raises(ArtifactError, match=r'trust=\("json\.dumps",\)'):
        load_sklearn(tmp_path / "f.skops")
    assert load_sklearn(tmp_path / "f.skops", trust=("json.dumps",)).func is json.dumps


def test_damaged_sklearn_file_is_refused(tmp_path):
    (tmp_path / "f.skops").write_bytes(b"nonsense")
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_sklearn(tmp_path / "f.skops")


def test_what_is_no_archive_of_arrays_is_named_without_advice_to_trust_it(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html></html>")
    with pytest.raises(ArtifactError, match="something else") as caught:
        load_arrays(page)
    assert "pickle" not in str(caught.value)
    with pytest.raises(ArtifactError, match="There is no file"):
        load_arrays(tmp_path / "nothing.npz")
