"""The page of parity is made from the capabilities that the tests of this folder run.

``CLEW_WRITE_DOCS=1 pytest tests/parity/test_page.py`` writes docs/reference/sagemaker-parity.md anew.
"""

import os
from importlib import import_module
from pathlib import Path

from tests.parity.page import CAPABILITIES, SECTIONS, page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sagemaker-parity.md"
#: Where the tables begin; what stands above is written by hand.
START = "## Data Wrangler: analyses"


def test_the_page_says_what_the_tests_run() -> None:
    for module in ("test_analyses", "test_transforms", "test_data"):
        import_module(f"tests.parity.{module}")
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(START)
    written = head + page()
    if os.environ.get("CLEW_WRITE_DOCS"):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written


def test_every_line_says_where_or_why() -> None:
    assert {item.section for item in CAPABILITIES} == set(SECTIONS)
    for item in CAPABILITIES:
        assert item.remark if item.verdict == "not yet" else item.where, item.name
        assert "|" not in item.name + item.where + item.remark
