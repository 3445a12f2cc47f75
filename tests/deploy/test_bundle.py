import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clew.core.errors import ArtifactError, ClewError, DataError, UsageError
from clew.core.expr import parse
from clew.define.rules import Rule
from clew.deploy.bundle import inspect, load, save
from clew.store.artifacts import write_manifest
from clew.store.folders import replacing


@pytest.fixture
def folder(binary, tmp_path) -> Path:
    return binary.save(tmp_path / "churn.clew")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewrite(folder: Path, **changes: object) -> None:
    """Change a manifest so that its hashes still fit: what a forger would do."""
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    write_manifest(folder)


def test_a_bundle_predicts_as_the_model_did(binary, folder, rows):
    loaded = load(folder)
    expected, found = binary.model.predict(rows), loaded.predict(rows)
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    assert loaded.predict_row(rows.row(0, named=True)).prediction == expected.prediction[0]


def test_what_was_said_at_saving_is_there_after_loading(binary, tmp_path):
    rule = Rule("adult", parse("age >= 18"))
    figures = {"metrics": {"roc_auc": {"value": 0.9, "low": 0.8, "high": 1.0, "rows": 60}}}
    path = binary.save(tmp_path / "b", rules=(rule,), evaluation=figures, lineage={"dataset": "x@1"})
    loaded = load(path)
    assert loaded.rules[0].to_dict() == rule.to_dict()
    assert loaded.evaluation == figures
    assert loaded.manifest.lineage == {"dataset": "x@1"}
    assert loaded.schema == binary.model.schema
    assert loaded.problem == binary.model.problem
    assert loaded.baseline.rows == 300
    assert "probability_yes" in loaded.prediction_baseline
    assert loaded.manifest.libraries["scikit-learn"]
    assert "Bundle(" in repr(loaded)


def test_a_bundle_needs_no_more_than_a_model(binary, tmp_path):
    loaded = load(save(binary.model, tmp_path / "b"))
    assert (loaded.baseline, loaded.prediction_baseline, loaded.evaluation) == (None, None, {})
    assert "has not been evaluated" in loaded.card
    trained = replace(binary.model, metadata={"score": {"value": 0.8, "low": 0.7, "high": 0.9, "rows": 300}})
    assert "| roc_auc | 0.8 | 0.7 to 0.9 | 300 |" in load(save(trained, tmp_path / "b")).card


def test_a_bundle_can_be_looked_at_without_loading_it(folder):
    manifest = inspect(folder)
    assert manifest.problem.target == "bought"
    assert [member.algorithm for member in manifest.members] == ["linear", "tree"]
    assert manifest.online
    shutil.rmtree(folder / "members")
    assert inspect(folder).model_id == manifest.model_id


def test_the_same_model_makes_the_same_bytes(binary, folder, tmp_path):
    assert files(folder) == files(binary.save(tmp_path / "again"))
    assert inspect(folder).model_id == inspect(tmp_path / "again").model_id


def test_another_model_has_another_id(folder, regression, tmp_path):
    assert inspect(folder).model_id != inspect(regression.save(tmp_path / "other")).model_id


def test_facts_about_a_model_do_not_change_its_id(binary, folder, tmp_path):
    assert inspect(binary.save(tmp_path / "b", lineage={"by": "me"})).model_id == inspect(folder).model_id


def test_every_file_is_missed_and_every_change_is_noticed(folder):
    """Removed, cut short, one bit turned: always an ArtifactError that names the file, never another exception."""
    listed = [name for name in files(folder) if name != "files.json"]
    assert len(listed) >= 10
    for name in listed:
        path = folder / name
        content = path.read_bytes()
        turned = bytes([content[0] ^ 1]) + content[1:]
        for damage in (None, content[: len(content) // 2], turned, b""):
            path.unlink() if damage is None else path.write_bytes(damage)
            with pytest.raises(ArtifactError, match=path.name):
                load(folder)
        path.write_bytes(content)
    load(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"a": 1}', b"null", b"[" * 100_000])
@pytest.mark.parametrize("name", ["bundle.json", "files.json"])
def test_a_manifest_that_is_none_is_told_so(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=name if name == "bundle.json" or content != b'{"a": 1}' else "lacks a"):
        load(folder)


# NumPy leaves the file of an archive that it cannot read to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_damaged_parts_with_fitting_hashes_are_still_errors_and_nothing_else(folder):
    """A forger can make the hashes fit; what is read must then fail cleanly too."""
    for name in files(folder):
        if name in {"files.json", "card.md", "MLmodel", "requirements.txt", "python_env.yaml"}:
            continue
        path = folder / name
        content = path.read_bytes()
        for damage in (b"", b"{}", b"[]", content[: len(content) // 2], b'{"columns": 3, "steps": 3, "format": 1}'):
            path.write_bytes(damage)
            write_manifest(folder)
            with pytest.raises(ClewError):
                _load_and_use(folder, name, damage)
        path.write_bytes(content)


def _load_and_use(folder: Path, name: str, damage: bytes) -> None:
    loaded = load(folder)
    if name == "evaluation.json" and damage.startswith(b"{"):
        raise ArtifactError("any object may stand for figures")
    loaded.predict_row({"spend": 1.0, "age": 2, "city": "Ulm", "member": True, "plan": "plus"})


def test_a_newer_format_is_refused_with_the_way_out(folder):
    rewrite(folder, format=99, clew="7.0", surprise={})
    with pytest.raises(ArtifactError, match=r"format 99.*reads up to 3.*Upgrade Clew.*7\.0"):
        load(folder)
    rewrite(folder, format="new")
    with pytest.raises(ArtifactError, match="no format version"):
        inspect(folder)


def test_an_unknown_algorithm_is_refused(folder):
    entry = {"name": "x", "algorithm": "alchemy", "folder": "members/00-linear", "weight": 1.0, "params": {}}
    rewrite(folder, members=[entry])
    with pytest.raises(ArtifactError, match="alchemy"):
        load(folder)
    rewrite(folder, members=[])
    with pytest.raises(ArtifactError, match="no member"):
        load(folder)


@pytest.mark.parametrize("place", ["../outside", "/etc", "members/../../outside"])
def test_a_path_that_leads_out_of_the_bundle_is_refused(folder, place):
    entry = {"name": "x", "algorithm": "linear", "folder": place, "weight": 1.0, "params": {}}
    rewrite(folder, members=[entry])
    with pytest.raises(ArtifactError, match="outside"):
        load(folder)
    stated = json.loads((folder / "files.json").read_text())
    (folder / "files.json").write_text(json.dumps({**stated, place: "0" * 64}))
    with pytest.raises(ArtifactError, match="outside"):
        load(folder)


def test_a_link_that_leads_out_of_the_bundle_is_refused(folder, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("secret")
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(outside)
    write_manifest(folder)
    with pytest.raises(ArtifactError, match="outside"):
        load(folder)


def test_an_archive_that_unpacks_to_more_than_fits_is_not_opened(folder):
    """Its directory claims 8 GiB: that is what is believed, before anything is unpacked."""
    path = folder / "members" / "00-linear" / "linear.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.npy", b"0")
        archive.writestr("two.npy", b"0")
    data = bytearray(path.read_bytes())
    for at in [found.start() for found in re.finditer(rb"PK\x01\x02", bytes(data))]:
        data[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(data)
    write_manifest(folder)
    with pytest.raises(ArtifactError, match="would unpack to 8589934560 bytes"):
        load(folder)


def test_a_type_outside_the_allow_list_needs_trust(folder):
    from skops.io import dump

    dump({"when": os.getcwd}, folder / "extra.skops")
    write_manifest(folder)
    with pytest.raises(ArtifactError, match=r"getcwd.*trust=") as refused:
        load(folder)
    name = str(refused.value).split('"')[1]
    load(folder, trust=(name,))


def test_what_is_no_bundle_is_told_so(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name in ("none", "file", "empty"):
        with pytest.raises(ArtifactError, match="bundle"):
            load(tmp_path / name)


def test_a_file_that_was_put_beside_the_others_does_no_harm(folder):
    (folder / "registered_model_meta").write_text("model_name: churn")
    load(folder)


def test_what_is_in_the_way_is_left_as_it_is(binary, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "file").write_text("also work")
    for name in ("thesis", "file"):
        with pytest.raises(UsageError, match="left as it is"):
            binary.save(tmp_path / name)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    assert (tmp_path / "file").read_text() == "also work"


def test_a_bundle_replaces_a_bundle_and_leaves_nothing_beside_it(binary, regression, tmp_path):
    binary.save(tmp_path / "b")
    regression.save(tmp_path / "b")
    assert load(tmp_path / "b").problem.target == "value"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_save_that_fails_changes_nothing(binary, folder):
    before = files(folder)
    with pytest.raises(TypeError):
        binary.save(folder, lineage={"what": object()})
    assert files(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_between_the_two_renames_the_old_bundle_is_found(binary, folder):
    """The only moment at which the folder is not there under its own name."""
    expected = inspect(folder).model_id
    folder.rename(folder.with_name(f".{folder.name}.previous"))
    assert load(folder).id == inspect(folder).model_id == expected
    binary.save(folder)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_save_that_is_killed_at_any_moment_leaves_a_whole_bundle(folder):
    script = (
        "import sys; from clew.deploy.bundle import load, save; b = load(sys.argv[1]); print('ready', flush=True)\n"
        "while True: save(b.model, sys.argv[1], baseline=b.baseline)"
    )
    for delay in (0.07, 0.18):
        process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert load(folder).problem.target == "bought"


def test_nothing_can_be_written_below_a_file(binary, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Nothing can be written"):
        binary.save(tmp_path / "file" / "bundle")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True, check=False, text=True
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs `mount`")
def test_a_disk_that_fills_leaves_the_old_bundle_whole(binary, small_disk):
    """Room is taken away bit by bit, so that every file is once the one that no longer fits."""
    kept = binary.save(small_disk / "b")
    before = files(kept)
    needed = sum(map(len, before.values()))
    room = shutil.disk_usage(small_disk).free
    for left in range(0, needed, 4096):
        (small_disk / "ballast").write_bytes(bytes(max(0, room - left)))
        with pytest.raises(DataError, match=r"could not be written: No space left on device.*Make room"):
            binary.save(kept)
        assert files(kept) == before
        assert sorted(path.name for path in small_disk.iterdir()) == ["b", "ballast"]
    (small_disk / "ballast").unlink()
    assert load(binary.save(kept)).id == inspect(kept).model_id


def test_a_folder_that_is_written_aside_is_whole_or_not_there(tmp_path):
    with replacing(tmp_path / "new", marker="mark") as aside:
        (aside / "mark").write_text("1")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "mark").read_text() == "1"


def test_the_card_says_what_matters_and_escapes_what_comes_from_data(binary, tmp_path):
    figures = {"metrics": {"roc_auc": {"value": 0.91, "low": 0.85, "high": 0.95, "rows": 60}}, "findings": []}
    card = load(binary.save(tmp_path / "b", evaluation=figures, lineage={"<b>from</b>": "a|b"})).card
    for part in ("`bought`", "`no`, `yes`", "300 rows", "roc_auc | 0.91 | 0.85 to 0.95 | 60", "linear", "`spend`"):
        assert part in card
    assert "<b>" not in card
    assert "a\\|b" in card


def test_a_card_of_ones_own_is_kept(binary, tmp_path):
    assert load(binary.save(tmp_path / "b", card="# Mine\n")).card == "# Mine\n"


def test_every_file_and_key_is_documented(folder):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "bundle.md").read_text(encoding="utf-8")
    for name in {Path(name).parts[0] for name in files(folder)}:
        assert f"`{name}" in page, name
    for key in json.loads((folder / "bundle.json").read_text()):
        assert f"`{key}`" in page, key
