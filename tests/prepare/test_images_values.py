"""What the step on images gives: edges where there are edges, colours as they are, and plain words for what is broken."""

import math
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.prepare.rows import picture_of

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.imaging.figures import oriented_gradients
from clew.prepare.imaging.read import NoPictureError, pixels_of
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.steps import ImageFeatures

SCHEMA = Schema((Column("x", "Binary", Kind.NESTED, protected=True),))
PATHS = Schema((Column("x", "String", Kind.TEXT),))


def fit(step: ImageFeatures, images: list[Any], schema: Schema = SCHEMA) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": images}, schema={"x": pl.Binary if schema is SCHEMA else pl.String})
    fitted = Recipe([step]).learn(frame, schema)
    after: pl.DataFrame = fitted.transform(frame)
    assert after.to_dicts() == [fitted.row()(row) for row in frame.to_dicts()]
    return fitted, after


def png(pixels: Any, **options: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, "PNG", **options)
    return file.getvalue()


def wave(degrees: float, size: int = 32) -> NDArray[np.uint8]:
    """Return stripes whose light rises and falls in one direction, shape (size, size, 3)."""
    down, across = np.mgrid[:size, :size]
    turn = math.radians(degrees)
    light = 127.5 + 100 * np.sin((across * math.cos(turn) + down * math.sin(turn)) / 3)
    return np.repeat(light[..., None], 3, axis=2).astype(np.uint8)


def slow_gradients(pixels: NDArray[np.uint8], cell: int, block: int, orientations: int) -> NDArray[np.float64]:
    """Return what the paper says, pixel by pixel."""
    side = pixels.shape[0] // cell
    cells = np.zeros((side, side, orientations))
    light = pixels.astype(float) / 255
    for y in range(1, pixels.shape[0] - 1):
        for x in range(1, pixels.shape[1] - 1):
            across, down = light[y, x + 1] - light[y, x - 1], light[y + 1, x] - light[y - 1, x]
            colour = int(np.argmax(across**2 + down**2))
            strength = math.hypot(across[colour], down[colour])
            place = math.atan2(down[colour], across[colour]) % math.pi / math.pi * orientations - 0.5
            low = math.floor(place)
            cells[y // cell, x // cell, low % orientations] += strength * (1 - (place - low))
            cells[y // cell, x // cell, (low + 1) % orientations] += strength * (place - low)
    result = []
    for y in range(side - block + 1):
        for x in range(side - block + 1):
            vector = cells[y : y + block, x : x + block].ravel()
            vector = np.minimum(vector / math.sqrt((vector**2).sum() + 1e-10), 0.2)
            result.extend(vector / math.sqrt((vector**2).sum() + 1e-10))
    return np.array(result)


class TestGradients:
    @pytest.mark.parametrize(("cell", "block", "orientations"), [(8, 2, 9), (4, 3, 6), (16, 1, 1)])
    def test_figures_are_those_of_the_paper(self, cell: int, block: int, orientations: int) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        found = oriented_gradients(pixels, cell, block, orientations)
        np.testing.assert_allclose(found, slow_gradients(pixels, cell, block, orientations), rtol=1e-9)

    @pytest.mark.parametrize("number", range(9))
    def test_stripes_fall_into_the_bin_of_their_direction(self, number: int) -> None:
        found = oriented_gradients(wave(20 * number + 10), 16, 1, 9).reshape(-1, 9)
        assert (found.argmax(axis=1) == number).all()

    def test_contrast_does_not_matter_and_flat_pictures_have_no_edges(self) -> None:
        bright = wave(30)
        faint = (bright // 2 + 60).astype(np.uint8)
        np.testing.assert_allclose(oriented_gradients(bright, 8, 2, 9), oriented_gradients(faint, 8, 2, 9), atol=0.08)
        assert not oriented_gradients(np.full((16, 16, 3), 99, np.uint8), 8, 2, 9).any()

    def test_a_shift_by_a_cell_shifts_the_figures(self) -> None:
        pixels = np.random.default_rng(2).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        one = oriented_gradients(pixels[:, :40], 8, 1, 9).reshape(5, 5, 9)
        other = oriented_gradients(pixels[:, 8:], 8, 1, 9).reshape(5, 5, 9)
        np.testing.assert_allclose(one[1:4, 2:4], other[1:4, 1:3])


class TestFeatures:
    def test_colours_are_shares_of_pixels(self) -> None:
        red = np.zeros((4, 4, 3))
        red[:2, :, 0] = 255
        step = ImageFeatures("x", size=4, cell=4, block=1, features=("color",), color_bins=2)
        fitted, after = fit(step, [png(red), None])
        assert after.rows() == [(0.5, 0.5, 1.0, 0.0, 1.0, 0.0), (None,) * 6]
        assert after.columns == ["x_red_1", "x_red_2", "x_green_1", "x_green_2", "x_blue_1", "x_blue_2"]
        made = fitted.output_schema["x_red_1"]
        assert (made.dtype, made.kind, made.raw_sources, made.protected) == ("Float32", Kind.NUMERIC, ("x",), True)

    def test_number_of_columns(self) -> None:
        _, after = fit(ImageFeatures("x"), [png(wave(0))])
        assert after.width == 3 * 3 * 2 * 2 * 9 + 3 * 8
        assert (after.columns[0], after.columns[323], after.columns[-1]) == ("x_hog_1", "x_hog_324", "x_blue_8")

    def test_what_is_transparent_is_white_and_cameras_are_turned(self) -> None:
        clear = pixels_of(png(np.zeros((2, 2, 4))), 3)
        assert (clear == 255).all()
        exif = Image.Exif()
        exif[0x0112] = 6  # turn it by 90 degrees
        half = np.zeros((8, 8, 3))
        half[:4] = 255
        turned = pixels_of(png(half, exif=exif), 8)
        assert (turned[:, 4:] == 255).all()
        assert not turned[:, :4].any()

    def test_grey_of_16_bits(self) -> None:
        file = BytesIO()
        Image.fromarray(np.full((2, 2), 0x80FF, dtype=np.uint16)).save(file, "PNG")
        assert (pixels_of(file.getvalue(), 3) == 0x80).all()

    def test_paths(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "a.png").write_bytes(png(wave(45)))
        (tmp_path / "b.png").write_bytes(png(wave(90)))
        monkeypatch.chdir(tmp_path)
        _, expected = fit(ImageFeatures("x"), [png(wave(45))])
        for step, path in (
            (ImageFeatures("x", folder="photos"), "a.png"),
            (ImageFeatures("x"), "photos/a.png"),
            (ImageFeatures("x"), str(tmp_path / "photos" / "a.png")),
        ):
            assert fit(step, [path], PATHS)[1].equals(expected)
        for path, reason in (("../b.png", "lies outside the folder"), ("c.png", "is no file")):
            with pytest.raises(RecipeError, match=rf"'x' has 1 image that cannot be read: row 0 {reason}"):
                fit(ImageFeatures("x", folder="photos"), [path], PATHS)


class TestBroken:
    BROKEN: ClassVar[list[bytes]] = [
        b"",
        b"no picture",
        picture_of("RGB", (64, 64), "JPEG")[:700],
        picture_of("L", (90, 90), "PNG")[:2000],
    ]

    def test_broken_images_are_refused_with_their_rows(self) -> None:
        message = (
            r"Step 1 \(image_features\): The column 'x' has 4 images that cannot be read: row 1 is no picture of the "
            r"formats BMP, .*; row 2 is no picture.*; row 3 is damaged \(.*truncated.*\) ….*errors: missing"
        )
        with pytest.raises(RecipeError, match=message):
            fit(ImageFeatures("x"), [png(wave(0)), *self.BROKEN])
        fitted, _ = fit(ImageFeatures("x"), [png(wave(0))])
        with pytest.raises(RecipeError, match=r"Step 1 \(image_features\): The image of the column 'x' is no picture"):
            fitted.row()({"x": b"no picture"})

    def test_broken_images_become_missing(self) -> None:
        _, after = fit(ImageFeatures("x", errors="missing"), [png(wave(0)), *self.BROKEN])
        assert after["x_hog_1"].null_count() == after["x_blue_8"].null_count() == 4

    def test_a_small_file_of_many_pixels_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        for side in (11, 30):  # Pillow warns, and refuses
            with pytest.raises(NoPictureError, match="has more than 100 pixels"):
                pixels_of(png(np.zeros((side, side, 3))), 8)

    def test_what_is_needed_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "PIL", None)
        monkeypatch.setitem(sys.modules, "PIL.Image", None)
        with pytest.raises(RecipeError, match=r"needs the package pillow.*clew\[images\]"):
            Recipe([ImageFeatures("x")]).learn(pl.DataFrame({"x": [b""]}), SCHEMA)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"size": 60}, "`cell: 16`, which does not divide `size: 60`"),
            ({"block": 5}, "`block: 5`, and there are 4 cells in a row"),
            ({"features": ()}, "one or more `features`"),
            ({"color_bins": 0}, "`color_bins: 0`; 1 to 256"),
            ({"size": 512, "cell": 8}, "would make 142908 columns"),
            ({"size": 2}, "3 to 1024 pixels"),
        ],
        ids=str,
    )
    def test_options_must_make_sense(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            fit(ImageFeatures("x", **options), [b""])

    def test_numbers_are_no_images(self) -> None:
        with pytest.raises(RecipeError, match="'x' holds Int64, which is neither bytes nor a path"):
            Recipe([ImageFeatures("x")]).learn(
                pl.DataFrame({"x": [1]}), Schema((Column("x", "Int64", Kind.CATEGORICAL),))
            )
