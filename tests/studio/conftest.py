"""A workspace with a project of real penguins, and the studio over it."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from nicegui.testing import User, user_simulation
from palmerpenguins import load_penguins

from clew.project.init import init_project
from clew.project.workspace import Workspace
from clew.studio.frame import build
from clew.studio.studio import Studio
from clew.studio.uploads import Uploads


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    root = tmp_path / "projects"
    folder = root / "penguins"
    (folder / "data").mkdir(parents=True)
    load_penguins().to_csv(folder / "data" / "penguins.csv", index=False)
    init_project(folder, folder / "data" / "penguins.csv", "species")
    with Workspace(root) as opened:
        yield opened


@pytest.fixture
def studio(workspace: Workspace, tmp_path: Path) -> Studio:
    return Studio(workspace, Uploads(tmp_path / "uploads"))


@pytest.fixture
async def user(studio: Studio) -> AsyncIterator[User]:
    async with user_simulation(partial(build, studio)) as simulated:
        yield simulated
