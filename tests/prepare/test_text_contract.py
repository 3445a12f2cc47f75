"""The steps on free text keep their contract on unusual rows."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import TextStatistics, TextSvd, VectorizeText

TEXTS = ["word", "note"]
CASES = [
    TextStatistics(TEXTS, figures=("lower_share", "special_share", "words"), keep=True),
    TextStatistics(["figure"], figures=("special_share", "upper_share")),
    VectorizeText(TEXTS),
    VectorizeText(TEXTS, tokenizer="words", idf=True, idf_min_document_frequency=1, min_term_frequency=0.3, keep=True),
    VectorizeText("note", tokenizer="custom", pattern=r"[a-zñ]+", gaps=False, lowercase=False, min_token_length=2),
    VectorizeText(
        TEXTS, tokenizer="custom", pattern=r"l|\W", binary=True, max_vocabulary=5, min_document_frequency=0.1
    ),
    VectorizeText(TEXTS, vectorizer="hashing", n_features=7),
    VectorizeText(TEXTS, vectorizer="hashing", n_features=4, output_style="vector"),
    VectorizeText("note", vectorizer="hashing", n_features=5, idf=True, idf_min_document_frequency=0, binary=True),
    TextSvd(TEXTS),
    TextSvd(TEXTS, n_components=2, min_document_frequency=1, sublinear_tf=False, keep=True),
    TextSvd("note", n_components=4, tokenizer="custom", pattern=r"\w", gaps=False, min_document_frequency=1),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
