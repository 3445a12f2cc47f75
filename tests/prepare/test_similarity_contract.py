"""The steps on spellings keep their contract on unusual rows."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import MergeSpellings, SimilarityEncode

TEXTS = ["word", "size", "figure", "note"]
CASES = [
    SimilarityEncode(TEXTS, n_components=4),
    SimilarityEncode(["word", "note"], n_components=3, ngram=1, keep=True),
    SimilarityEncode("note", ngram=10),
    SimilarityEncode(["word", "note"], n_components=3, output_style="vector"),
    MergeSpellings(TEXTS),
    MergeSpellings(TEXTS, threshold=0.7, normalize=False, unseen="keep"),
    MergeSpellings("word", threshold=1.0, unseen="missing"),
    MergeSpellings("note", max_categories=2),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
