"""The version of a package, installed or not."""

from importlib.metadata import version

from clew.core.packages import version_of


def test_what_is_installed_has_the_version_of_its_distribution():
    assert version_of("numpy") == version("numpy")
    assert version_of("sklearn") == version("scikit-learn")


def test_what_was_never_installed_has_a_fingerprint_of_its_source(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_package").mkdir()
    for place in (
        tmp_path / "own_module.py",
        tmp_path / "own_package" / "__init__.py",
        tmp_path / "own_package" / "part.py",
    ):
        place.write_text("x = 1\n")
    before = [version_of("own_module"), version_of("own_package")]
    assert len(set(before)) == 2
    assert [version_of("own_module"), version_of("own_package")] == before
    (tmp_path / "own_module.py").write_text("x = 2\n")
    (tmp_path / "own_package" / "part.py").write_text("x = 2\n")
    assert not {version_of("own_module"), version_of("own_package")} & set(before)
    assert version_of("own_nothing") == "missing"
