"""Every code is documented and explained."""

from pathlib import Path

import pytest

from clew.collect.codes import CODES, finding
from clew.core.finding import Severity

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle" / "collect.md"


@pytest.mark.parametrize("code", CODES)
def test_every_code_stands_in_the_docs_with_its_title(code):
    title, severity, explanation = CODES[code]
    assert f"| {code} | {title} | {severity.value} |" in PAGE.read_text(encoding="utf-8")
    assert explanation.endswith(".")
    assert isinstance(severity, Severity)


def test_a_finding_takes_title_and_severity_from_its_code():
    found = finding("DQ101", "3 values.", "x", words={"?": 3})
    assert (found.title, found.severity, found.column) == ("Disguised missing values", Severity.INFO, "x")
    assert found.to_dict()["evidence"] == {"words": {"?": 3}}


def test_an_unknown_code_is_a_mistake():
    with pytest.raises(KeyError):
        finding("DQ999", "x")
