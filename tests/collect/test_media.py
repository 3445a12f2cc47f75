"""Folders of images and of texts are tables: a row for each file, and a finding for each that cannot be read."""

import io

import polars as pl
import pytest
from PIL import Image

from clew.collect import media
from clew.collect.source import read
from clew.core.errors import DataError, UsageError
from clew.core.schema import Kind, Role
from clew.define.domain import Domain
from clew.explore.profile import profile
from clew.project import api
from clew.store.tables import Tables

FORMATS = {"a.png": "PNG", "b.jpg": "JPEG", "c.webp": "WEBP", "d.gif": "GIF", "e.bmp": "BMP", "f.tiff": "TIFF"}


def picture(format_: str, size: tuple[int, int] = (12, 8), shade: int = 100) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (shade, 20, 200)).save(file, format_)
    return file.getvalue()


@pytest.fixture
def photos(tmp_path):
    """Two folders with six images each, of all formats."""
    for label, shade in (("cat", 30), ("dog", 220)):
        (tmp_path / label).mkdir()
        for name, format_ in FORMATS.items():
            (tmp_path / label / name).write_bytes(picture(format_, (12, 8 + shade % 7), shade))
    (tmp_path / "LICENSE.txt").write_text("Made here.")
    return tmp_path


def test_a_folder_of_images_is_a_table(photos):
    data = read(photos)
    assert data.schema.names == ("path", "label", "image", "width", "height", "format", "size_bytes")
    assert data.frame["path"].to_list() == [f"{label}/{name}" for label in ("cat", "dog") for name in FORMATS]
    assert data.frame["label"].to_list() == ["cat"] * 6 + ["dog"] * 6
    assert data.frame["format"].to_list() == [*FORMATS.values()] * 2
    assert data.frame["image"][0] == (photos / "cat" / "a.png").read_bytes()
    assert data.frame.select("width", "height").row(0) == (12, 10)
    assert data.frame["size_bytes"].to_list() == data.frame["image"].bin.size().to_list()
    assert (data.schema["image"].kind, data.schema["image"].dtype) == (Kind.IMAGE, "Binary")
    assert data.schema["path"].role is Role.ID
    assert [note.code for note in data.findings] == ["DQ119"]
    assert data._repr_html_().count("&lt;tr&gt;") > 3


def test_without_folders_there_is_no_label_and_a_glob_takes_some(photos):
    assert "label" not in read(photos / "cat").schema
    assert read(f"{photos}/*/*.png").frame["label"].to_list() == ["cat", "dog"]
    assert read(photos / "cat" / "a.png").frame["path"].to_list() == ["a.png"]


def test_damaged_images_are_kept_as_missing_and_told(photos):
    (photos / "cat" / "b.jpg").write_bytes(picture("JPEG", (200, 200))[:-300])
    (photos / "cat" / "a.png").write_bytes(b"no image at all")
    (photos / "dog" / "a.png").write_bytes(b"")
    data = read(photos)
    broken = data.frame.filter(pl.col("image").is_null())
    assert broken["path"].to_list() == ["cat/a.png", "cat/b.jpg", "dog/a.png"]
    assert broken["width"].null_count() == broken["format"].null_count() == 3
    assert data.schema["image"].kind is Kind.IMAGE
    told = next(note for note in data.findings if note.code == "DQ120")
    assert told.detail == "3 of 12 images cannot be read, e.g. 'cat/a.png': it is no image."
    assert told.evidence["count"] == 3


def test_a_folder_of_damaged_images_only_is_still_one_of_images(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    data = read(tmp_path)
    assert (data.schema["image"].kind, data.schema["image"].dtype) == (Kind.IMAGE, "Binary")
    assert profile(data).to_dict()["rows"] == 1


def test_images_survive_every_stage_and_are_no_feature(photos, tmp_path_factory):
    for label in ("cat", "dog"):
        for number in range(40):
            size = (number + 5, 9 if label == "cat" else 30)
            (photos / label / f"{number:02}.png").write_bytes(picture("PNG", size, number))
    data = read(photos)
    tables = Tables(tmp_path_factory.mktemp("tables"))
    tables.write("photos", data.frame)
    assert tables.read("photos", 0).equals(data.frame)
    copy = read(tables.read("photos", 0), domain=Domain({"path": {"role": "id"}}))
    assert copy.schema["image"] == data.schema["image"]
    described = profile(data, target="label")
    assert next(column for column in described.to_dict()["columns"] if column["name"] == "image")["kind"] == "image"
    out = tmp_path_factory.mktemp("out")
    described.save(out / "profile.html")
    done = api.train(data, target="label", out=out / "bundle", trials=2, algorithms=("linear",), cpus=1)
    bundle = api.load(out / "bundle")
    assert "image" not in bundle.model.features
    assert done["score"] is not None
    predicted = api.predict(bundle, photos, out=out / "predictions.parquet")
    assert predicted["rows"] == len(data)
    with pytest.raises(DataError, match="is of kind image"):
        api.train(data, target="image", out=out / "nothing", trials=1)


def test_too_many_bytes_are_refused_before_they_are_read(photos, monkeypatch):
    monkeypatch.setattr(media, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"The 12 images of .* have .* GiB, and a table holds"):
        read(photos)


def test_a_folder_of_texts_is_a_table(tmp_path):
    for path, text in (("spam/1.txt", "BUY, now\n"), ("ham/2.txt", "Hello; you"), ("ham/3.md", "# Note")):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    data = read(tmp_path)
    assert data.frame.to_dict(as_series=False) == {
        "path": ["ham/2.txt", "ham/3.md", "spam/1.txt"],
        "label": ["ham", "ham", "spam"],
        "text": ["Hello; you", "# Note", "BUY, now\n"],
    }
    assert data.schema["text"].kind is Kind.TEXT
    assert data.schema["path"].role is Role.ID
    assert read(tmp_path / "ham" / "3.md").frame["text"].to_list() == ["# Note"]
    # A stated fact wins over what the way of reading says.
    assert read(tmp_path, domain=Domain({"path": {"role": "exclude"}})).schema["path"].role is Role.EXCLUDE


def test_texts_in_another_encoding_are_told_or_read_with_it(tmp_path):
    (tmp_path / "a.txt").write_bytes("Jürgen".encode("latin-1"))
    (tmp_path / "b.txt").write_bytes("\ufeffgut".encode())
    data = read(tmp_path)
    assert data.frame["text"].to_list() == [None, "gut"]
    assert data.findings[0].detail == "1 of 2 texts cannot be read, e.g. 'a.txt': byte 0xfc at offset 1 is not utf-8."
    assert read(tmp_path / "a.*", encoding="latin-1").frame["text"].to_list() == ["Jürgen"]
    with pytest.raises(UsageError, match="no encoding 'utf-9'"):
        read(tmp_path, encoding="utf-9")


def test_delimited_text_files_are_read_as_such_when_a_delimiter_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("x;y\n1;2\n")
    (tmp_path / "b.txt").write_text("x;y\n3;4\n")
    assert read(tmp_path, delimiter=";").frame.to_dict(as_series=False) == {"x": [1, 3], "y": [2, 4]}
    assert read(tmp_path / "a.txt").frame.to_dict(as_series=False) == {"x": [1], "y": [2]}
    assert read(tmp_path).schema.names == ("path", "text")
