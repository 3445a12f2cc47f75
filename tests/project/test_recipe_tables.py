"""Tables that a recipe names: found beside its file, wherever the work is done, and a change of them is noticed."""

import polars as pl
import pytest

import clew
from clew.prepare.recipe import Recipe
from clew.project import api

RECIPE = "- {op: lookup, columns: shop, table: data/shops.csv, key: id}\n"
CONFIG = """
clew: 1
name: sales
problem: {target: sold}
data: {source: sales.csv}
prepare: PREPARE
train: {trials: 1, algorithms: [linear]}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project, seen from another folder."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    write_shops(folder, [10.0, 20.0, 30.0])
    shops = ["a", "b", "c"] * 40
    pl.DataFrame({"shop": shops, "sold": [10.0 * (1 + "abc".index(s)) + n % 7 for n, s in enumerate(shops)]}).write_csv(
        folder / "sales.csv"
    )
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "clew.yaml").write_text(CONFIG.replace("PREPARE", "recipe.yaml"))
    monkeypatch.chdir(tmp_path)
    return folder


def write_shops(folder, sizes):
    pl.DataFrame({"id": ["a", "b", "c"], "size": sizes}).write_csv(folder / "data" / "shops.csv")


def test_a_recipe_file_knows_its_folder(project):
    recipe = Recipe.from_file("project/recipe.yaml")
    fitted = recipe.learn("project/sales.csv", target="sold")
    assert fitted.transform(pl.DataFrame({"shop": ["b"]}))["size"].to_list() == [20.0]
    assert recipe == Recipe.from_yaml(RECIPE)
    assert recipe.fingerprint == Recipe.from_yaml(RECIPE).fingerprint


def test_a_folder_survives_scikit_learn(project):
    from sklearn.base import clone

    recipe = clone(Recipe.from_file("project/recipe.yaml"))
    assert recipe.set_params(**recipe.get_params(deep=False)).folder == recipe.folder
    assert recipe.fit(pl.read_csv("project/sales.csv"), target="sold").fitted_.output_schema.names == (
        "shop",
        "sold",
        "size",
    )


def test_training_finds_the_table(project, tmp_path):
    api.train(
        "project/sales.csv",
        target="sold",
        recipe=project / "recipe.yaml",
        trials=1,
        algorithms=("linear",),
        out=tmp_path / "b",
    )
    assert clew.load(tmp_path / "b").model.features == ("shop",)


@pytest.mark.parametrize("stated", ["recipe.yaml", "[{op: lookup, columns: shop, table: data/shops.csv, key: id}]"])
def test_a_project_learns_again_from_a_table_that_changed(project, stated):
    (project / "clew.yaml").write_text(CONFIG.replace("PREPARE", stated))

    def ran():
        with clew.Project(project) as opened:
            return {outcome.name for outcome in opened.run(stage="train").stages if not outcome.cached}

    def trials():
        return len(list((project / ".clew" / "journal").glob("*.json")))

    assert {"prepare", "train"} <= ran()
    assert ran() == set()
    assert trials() == 1
    write_shops(project, [10.0, 20.0, 31.0])
    assert ran() == {"prepare", "train"}
    assert trials() == 2, "the trial of the former table answered for the new one"


def test_tables_are_known_by_their_content(project):
    before = Recipe.from_file(project / "recipe.yaml").tables()
    assert list(before) == ["data/shops.csv"]
    write_shops(project, [10.0, 20.0, 31.0])
    assert Recipe.from_file(project / "recipe.yaml").tables() != before
    (project / "data" / "shops.csv").unlink()
    assert Recipe.from_file(project / "recipe.yaml").tables() == {}
