"""Changing the texts of a project: nobody overwrites anybody, and everything can be taken back."""

import threading

import pytest

from clew.core.errors import ConfigError, ConflictError, UsageError
from clew.project.project import Project

CONFIG = """\
name: churn   # ours
problem: {target: Churn}
data: {source: churn.csv}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "clew.yaml").write_text(CONFIG, encoding="utf-8")
    with Project(tmp_path) as opened:
        yield opened


def save(project, text, title="a change", name="clew.yaml"):
    return project.edits.write(name, text, expected=project.edits.read(name).version, title=title)


def test_a_change_is_written_and_kept_with_what_it_did(project):
    saved = save(project, CONFIG + "train: {trials: 3}\n", "Set 3 trials")
    assert project.edits.read("clew.yaml") == saved
    assert project.config.file.train.trials == 3, "the open project reads it again"
    (edit,) = project.edits.history("clew.yaml").edits
    assert (edit.title, edit.added, edit.removed, edit.undone) == ("Set 3 trials", 1, 0, False)
    assert "+train: {trials: 3}" in edit.changes


def test_who_comes_second_is_told_what_the_first_did(project):
    mine = project.edits.read("clew.yaml")
    with Project(project.folder) as other:
        save(other, CONFIG.replace("Churn", "Left"))
    with pytest.raises(ConflictError, match="changed by somebody else") as caught:
        project.edits.write("clew.yaml", CONFIG + "split: {folds: 3}\n", expected=mine.version, title="mine")
    assert caught.value.current.text == CONFIG.replace("Churn", "Left")
    assert "-problem: {target: Churn}" in caught.value.changes
    assert "+problem: {target: Left}" in caught.value.changes
    assert project.edits.read("clew.yaml") == caught.value.current, "nothing was written"
    again = caught.value.current.text + "split: {folds: 3}\n"
    assert project.edits.write("clew.yaml", again, expected=caught.value.current.version, title="mine").text == again


def test_what_an_editor_saved_is_no_less_protected(project):
    mine = project.edits.read("clew.yaml")
    (project.folder / "clew.yaml").write_text(CONFIG + "# by hand\n", encoding="utf-8")
    with pytest.raises(ConflictError) as caught:
        project.edits.write("clew.yaml", CONFIG, expected=mine.version, title="mine")
    assert "+# by hand" in caught.value.changes


def test_many_writers_at_once_lose_nothing(project):
    """Each adds its line on what it read last, and again after a conflict: all lines are there in the end."""

    def add(number):
        with Project(project.folder) as mine:
            while True:
                read = mine.edits.read("clew.yaml")
                try:
                    mine.edits.write("clew.yaml", f"{read.text}# {number}\n", expected=read.version, title=str(number))
                except ConflictError:
                    continue
                return

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = project.edits.read("clew.yaml").text.splitlines()[3:]
    assert sorted(lines) == [f"# {number}" for number in range(8)]
    assert len(project.edits.history("clew.yaml").edits) == 8


def test_changes_are_undone_and_redone_in_order(project):
    texts = [CONFIG, CONFIG + "# 1\n", CONFIG + "# 1\n# 2\n"]
    for number, text in enumerate(texts[1:], 1):
        save(project, text, f"line {number}")
    edits = project.edits
    version = edits.read("clew.yaml").version
    for text in (texts[1], texts[0]):
        undone = edits.undo("clew.yaml", expected=version)
        assert undone.text == text
        version = undone.version
    assert (edits.history("clew.yaml").undo, edits.history("clew.yaml").redo) == (None, "line 1")
    with pytest.raises(UsageError, match="no change of clew.yaml to undo"):
        edits.undo("clew.yaml", expected=version)
    for text in texts[1:]:
        redone = edits.redo("clew.yaml", expected=version)
        assert redone.text == text
        version = redone.version
    assert (edits.history("clew.yaml").undo, edits.history("clew.yaml").redo) == ("line 2", None)


def test_a_new_change_ends_what_could_be_redone(project):
    edits = project.edits
    save(project, CONFIG + "# 1\n", "one")
    undone = edits.undo("clew.yaml", expected=edits.read("clew.yaml").version)
    other = edits.write("clew.yaml", CONFIG + "# other\n", expected=undone.version, title="other")
    assert edits.history("clew.yaml").redo is None
    with pytest.raises(UsageError, match="to redo"):
        edits.redo("clew.yaml", expected=other.version)
    undone = edits.undo("clew.yaml", expected=other.version)
    assert undone.text == CONFIG
    assert edits.redo("clew.yaml", expected=undone.version).text == CONFIG + "# other\n", "and not the first one"


def test_what_was_changed_elsewhere_is_undone_first(project):
    save(project, CONFIG + "# 1\n", "one")
    (project.folder / "clew.yaml").write_text(CONFIG + "# 1\n# by hand\n", encoding="utf-8")
    edits = project.edits
    assert edits.history("clew.yaml").undo == "Changed outside Clew"
    undone = edits.undo("clew.yaml", expected=edits.read("clew.yaml").version)
    assert undone.text == CONFIG + "# 1\n"
    assert edits.undo("clew.yaml", expected=undone.version).text == CONFIG
    assert [edit.title for edit in edits.history("clew.yaml").edits] == ["Changed outside Clew", "one"]


def test_undoing_what_somebody_changed_meanwhile_is_a_conflict(project):
    saved = save(project, CONFIG + "# 1\n")
    (project.folder / "clew.yaml").write_text(CONFIG + "# by hand\n", encoding="utf-8")
    for step in (project.edits.undo, project.edits.redo):
        with pytest.raises(ConflictError):
            step("clew.yaml", expected=saved.version)


def test_a_recipe_is_made_and_its_making_undone(project):
    made = save(project, "- op: scale\n  columns: kind:numeric\n", "Make it", "recipes/größe 2.yaml")
    assert project.edits.recipes() == ("recipes/größe 2.yaml",)
    assert not project.edits.undo(made.name, expected=made.version).exists
    assert project.edits.recipes() == ()
    assert project.edits.redo(made.name, expected="").text == made.text
    with pytest.raises(ConflictError, match="changed by somebody else|made by somebody else"):
        project.edits.write(made.name, "[]\n", expected="", title="another")


def test_line_ends_and_marks_of_windows_stay(project):
    text = "\ufeff" + CONFIG.replace("\n", "\r\n")
    save(project, text)
    assert (project.folder / "clew.yaml").read_bytes() == text.encode()
    assert project.edits.read("clew.yaml").text == text


def test_the_same_text_is_no_change(project):
    assert save(project, CONFIG).text == CONFIG
    assert project.edits.history("clew.yaml").edits == ()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("clew.yaml", CONFIG + "trian: {}\n", "line 4: unknown key 'trian'.*Did you mean 'train'"),
        ("clew.yaml", "name: [\n", "clew.yaml is no YAML at line 2"),
        ("clew.yaml", CONFIG + "# \ud800\n", "half of a pair"),
        ("recipes/a.yaml", "- op: scal\n", "recipes/a.yaml: .*Did you mean 'scale'"),
        ("recipes/a.yaml", "- [\n", "recipes/a.yaml: The recipe is no YAML"),
    ],
)
def test_what_could_not_be_read_is_not_saved(project, name, text, message):
    with pytest.raises(ConfigError, match=message):
        save(project, text, name=name)
    assert project.edits.read("clew.yaml").text == CONFIG
    assert not project.edits.read("recipes/a.yaml").exists


def test_a_broken_file_is_read_and_mended(tmp_path):
    (tmp_path / "clew.yaml").write_text("name: [\n", encoding="utf-8")
    with Project(tmp_path) as project:
        with pytest.raises(ConfigError, match="no YAML"):
            _ = project.config
        broken = project.edits.read("clew.yaml")
        project.edits.write("clew.yaml", CONFIG, expected=broken.version, title="Mend it")
        assert project.config.name == "churn"
        assert project.edits.history("clew.yaml").undo == "Mend it"


@pytest.mark.parametrize(
    "name",
    [
        *("", "../clew.yaml", "recipes/../clew.yaml", "recipes/../../x.yaml", "/etc/passwd", "recipes/a/b.yaml"),
        *("recipes\\a.yaml", "recipes/.a.yaml", "recipes/a.yml", "recipes/a.yaml\n", "data/churn.csv"),
        *(".clew/clew.db", "recipes/a\0.yaml", f"recipes/{'a' * 200}.yaml"),
    ],
)
def test_no_other_file_can_be_named(project, name):
    for action in (project.edits.read, project.edits.history):
        with pytest.raises(UsageError, match="none of a project's texts"):
            action(name)
    with pytest.raises(UsageError, match="none of a project's texts"):
        project.edits.write(name, "[]\n", expected="", title="t")


def test_no_link_leads_out(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text("[]", encoding="utf-8")
    (project.folder / "recipes").symlink_to(outside)
    with pytest.raises(UsageError, match="leads out of the project"):
        project.edits.read("recipes/secret.yaml")
    with pytest.raises(UsageError, match="leads out of the project"):
        project.edits.write("recipes/new.yaml", "[]\n", expected="", title="t")
    assert [path.name for path in outside.iterdir()] == ["secret.yaml"]
