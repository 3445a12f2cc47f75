"""What all tests share."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Time says nothing about being right; and a run that fails on one machine fails on all.
settings.register_profile("clew", deadline=None, derandomize=True)
settings.load_profile("clew")


def pytest_configure(config: pytest.Config) -> None:
    """Give every parallel worker a core of its own: boosters slow down many times where threads outnumber cores."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def need(present: bool, part: str) -> None:
    """Skip a test and name the part it lacks; fail instead where every test is to run."""
    if present:
        return
    if os.environ.get("CLEW_TEST_ALL"):
        pytest.fail(f"{part} is missing, and all tests are to run.")
    pytest.skip(f"needs {part}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(found is not None, "Chromium")
    return str(found)


@pytest.fixture(scope="session")
def real_tables() -> Path:
    """Folder of real tables for extra checks, named by CLEW_DATA."""
    folder = os.environ.get("CLEW_DATA")
    if not folder or not (Path(folder) / "tables").is_dir():
        pytest.skip("needs a folder of real tables in CLEW_DATA")
    return Path(folder)
