"""The example of customer segments: its data can be made, and its segments hold where the page says so."""

import runpy
import shutil
from pathlib import Path

import polars as pl
import pytest

import clew
from clew.project.open import domain_file

EXAMPLE = Path(__file__).parents[1] / "examples" / "customer_segmentation"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy of the example, with its data."""
    folder = tmp_path_factory.mktemp("examples") / "customer_segmentation"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", "reports", "segments"))
    runpy.run_path(str(folder / "make_data.py"))["main"](folder / "data")
    return folder


def test_the_domain_reads_the_rows(made):
    data = clew.read(made / "data" / "learn.csv", domain=domain_file(made / "domain.yaml"))
    assert len(data) == 6956
    assert data.schema["income"].unit == "kUSD"
    assert data.frame["married"].dtype == pl.Boolean


@pytest.mark.full
def test_the_segments_hold_among_other_households(made):
    alike, told = runpy.run_path(str(made / "judge.py"))["judge"](made)
    assert alike > 0.8
    assert len(told) == 4
    page = (made / "README.md").read_text(encoding="utf-8")
    assert f"index {alike:.2f} of 1" in page
    shares = [float(saves["has_ira"].split(" ")[0]) for _, _, saves in told]
    assert all(f"{share:.0f} % (" in page for share in shares)
