"""A notebook of a project: its rows, their profile, its recipe and its latest model, loaded and ready for questions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clew.core.notebook import code, document, fingerprint, markdown, quoted
from clew.project.project import Project
from clew.project.results import latest_results
from clew.store.files import write_atomic

#: Where the notebook is, relative to the project folder.
PLACE = Path("notebooks") / "explore.ipynb"
#: Where it remembers what was written.
_MARK = "clew"


@dataclass(frozen=True, slots=True)
class Notebook:
    """The notebook of a project.

    Parameters
    ----------
    path : Path
        The file.
    state : {"written", "current", "changed"}
        ``written``: it is new, or was brought up to date; ``current``: it says already what would be written;
        ``changed``: somebody has changed it, so it was left alone.
    """

    path: Path
    state: Literal["written", "current", "changed"]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"notebook": str(self.path), "state": self.state}


def write_notebook(project: Project) -> Notebook:
    """Write the notebook of a project, unless somebody has changed it.

    To run it changes nothing of what is written in it, so a notebook that was only run is brought up to date where
    the project has got further.

    Parameters
    ----------
    project : Project
        An open one.

    Raises
    ------
    ConfigError
        If clew.yaml is not there or breaks a rule.
    DataError
        If the file cannot be written.
    """
    cells = list(cells_of(project))
    own = fingerprint(cells)
    path = project.folder / PLACE
    if path.exists():
        there = _read(path)
        if there is None or there != _mark(path):
            return Notebook(path, "changed")
        if there == own:
            return Notebook(path, "current")
    write_atomic(path, document(cells, {_MARK: {"written": own}}))
    return Notebook(path, "written")


def _read(path: Path) -> str | None:
    """Return the fingerprint of what stands in a notebook; None if it is none."""
    content = _content(path)
    cells = content.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return None
    return fingerprint(cells)


def _mark(path: Path) -> str | None:
    """Return the fingerprint of what Clew wrote; None if it did not write the file."""
    metadata = _content(path).get("metadata")
    mark = metadata.get(_MARK) if isinstance(metadata, dict) else None
    written = mark.get("written") if isinstance(mark, dict) else None
    return written if isinstance(written, str) else None


def _content(path: Path) -> dict[str, Any]:
    """Return the file as JSON; whatever is no JSON object, somebody else has written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def cells_of(project: Project) -> Iterator[dict[str, Any]]:
    """Yield the cells: what the project has so far, loaded; what it lacks is not asked for.

    Parameters
    ----------
    project : Project
        An open one.
    """
    config = project.config
    results = latest_results(project) if project.started else {}
    yield from _opening(project, done="collect" in results)
    yield from _rows(config.name)
    yield from _profile()
    yield from _recipe(project, suggested="prepare" in results)
    if project.started:
        yield from _model(project)


def _opening(project: Project, *, done: bool) -> Iterator[dict[str, Any]]:
    problem = project.config.file.problem
    question = _in_markdown(problem.question or f"What will {problem.target} be?")
    yield markdown(
        f"# {_in_markdown(project.config.name)}\n\n{question}\n\n"
        "Everything that this project has, loaded to be asked more. The last line of each cell shows itself. "
        "`clew notebook` brings this file up to date, until you change it: then it is yours."
    )
    yield code(
        "import clew\nfrom clew.project.learning import learning_rows\n\n"
        'project = clew.Project("..")  # the folder with clew.yaml, seen from this file\nproject'
    )
    if not done:
        yield markdown("Rows are read, joined, typed and split; what has not changed is not done again.")
        yield code('project.run(stage="collect")')


def _rows(name: str) -> Iterator[dict[str, Any]]:
    yield markdown("## Rows\n\nThe latest version of the project's dataset, with what is known about its columns.")
    yield code(f"data = project.dataset({quoted(name)})\ndata")
    yield markdown(
        "## Rows that learn\n\nThe others judge the model at the end. Whoever looks at those before spoils the "
        "judgement, so from here on only these are used."
    )
    yield code("known = learning_rows(project)\nrows = known.dataset\nrows")
    yield code("known.problem")


def _profile() -> Iterator[dict[str, Any]]:
    yield markdown("## Profile\n\nStatistics of every column, and what deserves attention.")
    yield code("profile = clew.profile(rows, target=known.problem.target, domain=project.config.domain)\nprofile")
    yield markdown("Is this data set good for its purpose? The scores, and what would raise them most.")
    yield code("profile.scorecard")


def _recipe(project: Project, *, suggested: bool) -> Iterator[dict[str, Any]]:
    file = project.folder / "recipes" / "suggested.yaml"
    if project.config.recipe is not None:
        words, source = "The recipe that clew.yaml states", "project.config.recipe"
    elif suggested and file.is_file():
        words, source = "The recipe that was suggested", 'clew.Recipe.from_file("../recipes/suggested.yaml")'
    else:
        words, source = "A suggested recipe", "clew.suggest(rows, target=known.problem.target)"
    yield markdown(f"## Recipe\n\n{words}: change a step and look again.")
    yield code(f"recipe = {source}\nrecipe")
    yield markdown("The rows that learn as the recipe leaves them, and what each step has learnt.")
    yield code("prepared = recipe.prepare(rows, target=known.problem.target)\nprepared")


def _model(project: Project) -> Iterator[dict[str, Any]]:
    name = project.config.model_name
    versions = project.database.models.versions(name)
    if not versions:
        return
    latest = versions[-1]
    yield markdown(
        f"## Model\n\nThe latest one, version {latest.version}. Nothing in a bundle is run when it is loaded. "
        "Its figures are from the rows that judge."
    )
    yield code(f"bundle = clew.load(project.bundle_path({quoted(name)}, {quoted(str(latest.version))}))\nbundle")
    yield markdown(
        "What it says about the first rows. It has learnt from them: this shows how it answers, not how well."
    )
    yield code("bundle.predict(rows.take(range(8)))")


def _in_markdown(text: str) -> str:
    """Return a text on one line, without what Markdown or HTML would take for markup."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|$" else char for char in " ".join(text.split()))
