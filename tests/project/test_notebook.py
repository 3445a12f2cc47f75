"""A notebook of a project: it runs as it is, follows the project, and is never written over somebody's work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import polars as pl
import pytest
from tests.conftest import need

from clew.cli import main
from clew.cli import notebook as command
from clew.core.errors import UsageError
from clew.project import notebook_server
from clew.project.init import init_project
from clew.project.learning import learning_rows
from clew.project.notebook import PLACE, write_notebook
from clew.project.notebook_server import NotebookServers, running
from clew.project.project import Project

#: Runs the cells one after the other and shows their last lines, as Jupyter does.
RUNNER = """
import ast, json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
names = {"__name__": "__main__"}
for cell in cells:
    if cell["cell_type"] == "code":
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
            print(type(shown).__name__, len(shown._repr_html_()) > 1000)
"""


@pytest.fixture
def project(tmp_path):
    random = np.random.default_rng(0)
    size = random.normal(size=300)
    frame = pl.DataFrame(
        {"size": size, "plan": random.choice(["basic", "plus"], 300).tolist(), "left": np.where(size > 0, "yes", "no")}
    )
    frame.write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "leavers", tmp_path / "rows.csv", "left")
    place = tmp_path / "leavers" / "clew.yaml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("time_limit_s: 60", "trials: 1\n  algorithms: [linear]"), encoding="utf-8")
    with Project(tmp_path / "leavers") as opened:
        yield opened


def run(notebook: Path) -> list[str]:
    """Run a notebook in a process of its own, where it lies; return what its cells show."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER, notebook.name],
        cwd=notebook.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line.removesuffix(" True") for line in done.stdout.splitlines()]


def test_it_runs_in_a_project_that_has_nothing_yet(project):
    written = write_notebook(project)
    assert written.state == "written"
    assert run(written.path) == [
        "Project", "ProjectRun", "Dataset", "Dataset", "Problem", "Profile", "Scorecard", "Recipe", "Prepared",
    ]  # fmt: skip


def test_it_runs_in_a_project_that_has_everything(project):
    project.run()
    written = write_notebook(project)
    shown = run(written.path)
    assert "ProjectRun" not in shown, "what is there is loaded, and nothing is run for it"
    assert shown[-2:] == ["Bundle", "Predictions"]
    assert "suggested.yaml" in written.path.read_text(encoding="utf-8")


def test_only_rows_that_learn_are_looked_at(project):
    project.run(stage="collect")
    assert len(learning_rows(project).dataset) == 240
    assert repr(learning_rows(project)) == "Learning(240 rows of leavers@0, target 'left')"
    assert "judging" not in write_notebook(project).path.read_text(encoding="utf-8")


def test_it_follows_the_project_until_somebody_changes_it(project):
    first = write_notebook(project)
    assert write_notebook(project).state == "current"
    # Jupyter writes results and counts into a notebook that is only run.
    content = json.loads(first.path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = 1, [{"output_type": "stream", "name": "stdout", "text": ["x"]}]
            cell["source"] = "".join(cell["source"])
    first.path.write_text(json.dumps(content), encoding="utf-8")
    assert write_notebook(project).state == "current"
    assert '"output_type"' in first.path.read_text(encoding="utf-8"), "results stay"
    project.run()
    assert write_notebook(project).state == "written"
    content = json.loads(first.path.read_text(encoding="utf-8"))
    content["cells"].append({"cell_type": "code", "source": "mine = 1", "metadata": {}, "outputs": []})
    first.path.write_text(json.dumps(content), encoding="utf-8")
    assert write_notebook(project).state == "changed"
    assert "mine = 1" in first.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cells": [1]}', '{"cells": []}', '{"cells": [], "metadata": {"clew": 1}}']
)
def test_a_file_of_somebody_else_is_left_alone(project, text):
    place = project.folder / PLACE
    place.parent.mkdir()
    place.write_text(text, encoding="utf-8")
    assert write_notebook(project).state == "changed"
    assert place.read_text(encoding="utf-8") == text


def test_text_of_the_project_stays_text(project):
    place = project.folder / "clew.yaml"
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) `rm` $x$"
    text = place.read_text(encoding="utf-8").replace("question: null", f"question: {json.dumps(evil)}")
    place.write_text(text, encoding="utf-8")
    with Project(project.folder) as opened:
        content = json.loads(write_notebook(opened).path.read_text(encoding="utf-8"))
    title = "".join(content["cells"][0]["source"])
    assert "<script" not in title.replace("\\<script", "")
    assert "\\[x\\]" in title
    assert not any("alert" in "".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code")


def test_it_is_a_notebook_of_format_4_5(project):
    content = json.loads(write_notebook(project).path.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    assert all(isinstance(cell["source"], list) for cell in content["cells"])


def test_without_jupyterlab_one_line_says_how_to_get_it(project, monkeypatch):
    monkeypatch.setattr(notebook_server, "is_installed", lambda: False)
    with NotebookServers() as servers, pytest.raises(UsageError, match=r"pip install 'clew\[notebook\]'"):
        servers.open(project.folder)


def test_the_command_writes_it_and_says_how_to_open_it(project, monkeypatch, capsys):
    monkeypatch.setattr(command, "is_installed", lambda: False)
    with pytest.raises(SystemExit) as ended:
        main(["notebook", str(project.folder), "--format", "json"])
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert json.loads(said.out) == {"notebook": str(project.folder / PLACE), "state": "written", "address": None}
    assert "pip install 'clew[notebook]'" in said.err


@pytest.mark.extra
def test_jupyterlab_serves_the_project_to_whoever_has_the_token(project):
    need(notebook_server.is_installed(), "JupyterLab")
    written = write_notebook(project)
    with NotebookServers() as servers:
        server = servers.open(project.folder)
        assert server.address.startswith("http://127.0.0.1:")
        assert servers.open(project.folder) == server, "there is one, and it is found"
        with NotebookServers() as others:
            assert others.open(project.folder) == server
        assert running(project.folder) == server, "whoever found it has not ended it"
        there = f"{server.address}api/contents/{PLACE.as_posix()}"
        with pytest.raises(HTTPError, match="403"):
            urlopen(there)
        with urlopen(Request(there, headers={"Authorization": f"token {server.token}"})) as answer:
            assert json.load(answer)["name"] == written.path.name
        with urlopen(server.url()) as page:
            assert page.status == 200
        log = (project.home / "notebook" / "server.log").read_text(encoding="utf-8")
        assert "Serving notebooks" in log
        assert server.token not in log
        assert server.token not in repr(server)
        if Path("/proc").is_dir():
            assert server.token not in Path(f"/proc/{server.pid}/cmdline").read_text(encoding="utf-8")
    assert running(project.folder) is None


@pytest.mark.extra
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_jupyterlab_ends_with_the_command(project, number):
    need(notebook_server.is_installed(), "JupyterLab")
    command = [sys.executable, "-m", "clew", "notebook", str(project.folder), "--no-browser", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = process.stderr.readline()
    server = running(project.folder)
    process.send_signal(number)
    try:
        answer, rest = process.communicate(timeout=60)
    finally:
        process.kill()
    assert server is not None, said + rest
    assert server.url() in said
    assert process.returncode == 0, rest
    assert json.loads(answer) == {
        "notebook": str(project.folder / PLACE),
        "state": "written",
        "address": server.address,
    }
    assert running(project.folder) is None
    assert not list((project.home / "notebook").glob("jpserver-*.json"))


@pytest.mark.extra
def test_jupyter_runs_it(project):
    need(notebook_server.is_installed(), "JupyterLab")
    project.run()
    written = write_notebook(project)
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", written.path.name]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, cwd=written.path.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(written.path.read_text(encoding="utf-8"))
    outputs = [cell["outputs"][-1] for cell in content["cells"] if cell["cell_type"] == "code"]
    assert all("<iframe" in "".join(output["data"]["text/html"]) for output in outputs)
    assert write_notebook(project).state == "current", "to run it changes nothing of what is written in it"
