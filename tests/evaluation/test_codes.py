import re
from pathlib import Path

from clew.evaluation.codes import CODES

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle" / "evaluate.md"
TESTS = Path(__file__).parent / "test_checks.py"


def test_every_code_is_documented_with_its_title_and_no_other():
    listed = re.findall(r"^\| `(ME\d{3})` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert listed == [(code, title) for code, (title, _, _) in CODES.items()]


def test_every_code_has_a_test():
    tested = set(re.findall(r"def test_(me\d{3})", TESTS.read_text(encoding="utf-8")))
    assert tested == {code.lower() for code in CODES}


def test_explanations_are_sentences():
    for title, _, explanation in CODES.values():
        assert not title.endswith(".")
        assert explanation.endswith(".")
        assert "  " not in explanation
