"""Every Python block of the lifecycle and how-to pages runs, page by page, from top to bottom."""

import re
from pathlib import Path

import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*(DOCS / "lifecycle").glob("*.md"), *(DOCS / "howto").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks, f"{page.name} shows no code"
    frame = pl.from_pandas(load_breast_cancer(as_frame=True).frame)
    frame.head(400).write_csv(tmp_path / "train.csv")
    frame.tail(169).write_csv(tmp_path / "test.csv")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page.stem}
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)  # noqa: S102 - our own pages


def test_every_link_leads_somewhere():
    root = DOCS.parent
    broken = []
    for page in [*root.glob("*.md"), *DOCS.rglob("*.md"), *(root / "examples").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name} → {target}")
    assert broken == []


def test_every_make_target_of_the_readme_is_there():
    root = DOCS.parent
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", (root / "README.md").read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
