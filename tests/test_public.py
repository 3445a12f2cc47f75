import subprocess
import sys
import tomllib
from pathlib import Path

import clew

HEAVY = {
    "polars", "pandas", "numpy", "pyarrow", "sklearn", "scipy", "xgboost", "lightgbm", "catboost", "altair", "fastapi",
    "sqlalchemy", "pydantic", "deltalake", "typer", "rich", "duckdb", "psycopg", "PIL",
}  # fmt: skip


def test_the_public_names_are_sorted_and_there():
    assert clew.__all__ == sorted(clew.__all__)
    assert len(clew.__all__) <= 25
    for name in clew.__all__:
        value = getattr(clew, name)
        assert callable(value), name
        assert value.__doc__, name


def test_a_public_name_stays_what_it_is_after_everything_is_loaded():
    before = {name: getattr(clew, name) for name in clew.__all__}
    assert {name: getattr(clew, name) for name in clew.__all__} == before


def _loaded_by(code: str) -> set[str]:
    script = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_clew_loads_nothing_heavy():
    assert not _loaded_by("import clew") & HEAVY


def test_the_command_table_loads_no_engine():
    assert _loaded_by("from clew.cli import build; build(None)") & HEAVY <= {"typer", "rich"}


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == clew.__version__
