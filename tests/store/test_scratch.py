"""Folders for the time of some work."""

import tempfile

import pytest

from clew.core.errors import DataError
from clew.store.files import ProjectLock
from clew.store.scratch import scratch_folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return the system's folder for such files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_private_and_goes_with_the_block(place):
    with scratch_folder("rows-") as folder:
        assert folder.parent == place
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "a").write_text("a")
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(place):
    for name in ("rows-left", "rows-used", "others-left"):
        (place / name).mkdir()
        (place / name / "a").write_text("a")
        (place / f"{name}.lock").touch()
    with ProjectLock(place / "rows-used.lock").acquire(), scratch_folder("rows-"):
        left = {path.name for path in place.iterdir() if path.is_dir()}
        assert "rows-left" not in left
        assert {"rows-used", "others-left"} < left
    assert {path.name for path in place.iterdir() if path.is_dir()} == {"rows-used", "others-left"}


def test_a_place_that_cannot_be_written_is_named(place, monkeypatch):
    (place / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(place / "file"))
    with pytest.raises(DataError, match="Nothing can be written"), scratch_folder("rows-"):
        pass
