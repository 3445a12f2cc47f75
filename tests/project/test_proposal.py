from pathlib import Path

import polars as pl
import pytest
from palmerpenguins import load_penguins

from clew.core.errors import ClewError
from clew.project.project import Project
from clew.project.proposal import Confirmed, create_project, propose


@pytest.fixture
def penguins(tmp_path: Path) -> Path:
    load_penguins().to_csv(tmp_path / "my penguins.csv", index=False)
    return tmp_path / "my penguins.csv"


def test_the_likeliest_target_comes_first_and_the_name_is_a_plain_one(penguins: Path) -> None:
    proposal = propose(penguins)
    assert proposal.targets[0] == "species"
    assert proposal.name == "my-penguins"
    assert proposal.problem("species").task.value == "multiclass"
    assert ("accuracy", "Accuracy") in proposal.metrics(proposal.problem("species"))


@pytest.mark.parametrize(
    ("names", "expected"), [(["id", "x", "churned"], "churned"), (["price", "x", "z"], "price"), (["a", "b", "c"], "c")]
)
def test_names_and_places_tell_the_target(tmp_path: Path, names: list[str], expected: str) -> None:
    frame = pl.DataFrame({name: [(i * (at + 3)) % 7 / 2 for i in range(40)] for at, name in enumerate(names)})
    frame.write_csv(tmp_path / "t.csv")
    assert propose(tmp_path / "t.csv").targets[0] == expected


def test_a_table_without_a_possible_target_proposes_none(tmp_path: Path) -> None:
    pl.DataFrame({"same": [1] * 30, "text": [f"a long sentence number {i} of its kind" for i in range(30)]}).write_csv(
        tmp_path / "t.csv"
    )
    assert propose(tmp_path / "t.csv").targets == ()


def test_what_was_confirmed_stands_in_clew_yaml_and_the_file_in_the_project(penguins: Path, tmp_path: Path) -> None:
    confirmed = Confirmed(
        "p", "sex", "female", "roc_auc", "Is it a female?", kinds={"year": "categorical"}, roles={"island": "group"}
    )
    folder = create_project(tmp_path / "p", penguins, confirmed)
    assert not penguins.exists()
    config = Project(folder).config
    assert config.file.problem.question == "Is it a female?"
    assert config.file.problem.positive == "female"
    assert config.domain.columns["year"]["kind"] == "categorical"
    assert config.domain.columns["island"]["role"] == "group"
    assert (folder / config.file.data.source).is_file()


def test_nothing_is_left_of_a_project_that_could_not_be_made(penguins: Path, tmp_path: Path) -> None:
    with pytest.raises(ClewError):
        create_project(tmp_path / "p", penguins, Confirmed("p", "no such column"))
    assert penguins.is_file()
    assert not (tmp_path / "p").exists()
