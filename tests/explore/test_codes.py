import re
from pathlib import Path

import pytest

from clew.core.finding import Severity
from clew.explore.codes import CODES, finding, step

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/findings-explore.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_documented_and_has_tests(code):
    title, severity, _ = CODES[code]
    assert re.search(rf"^## {code} {re.escape(title)}$", PAGE, re.MULTILINE), "the page lacks it"
    part = PAGE.split(f"## {code} ")[1].split("\n## ")[0]
    assert severity.value in part
    assert list((Path(__file__).parent / "findings").glob(f"test_{code.lower()}_*.py")), "nothing tests it"


def test_nothing_else_is_documented():
    assert set(re.findall(r"^## ([A-Z]{2}\d{3})", PAGE, re.MULTILINE)) == set(CODES)


def test_a_finding_takes_its_title_and_severity_from_the_table():
    made = finding("DQ001", "detail", column="x", remedy=step("drop", ["x"]))
    assert (made.title, made.severity) == CODES["DQ001"][:2]
    assert made.to_dict()["remedy"] == {"op": "drop", "columns": ["x"], "options": {}}
    assert finding("DQ001", "detail", severity=Severity.INFO).severity is Severity.INFO
