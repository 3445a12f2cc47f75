import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clew.core.errors import SchemaError, UsageError
from clew.deploy.answer import Answer
from clew.deploy.predictor import Predictor
from clew.deploy.table import table_of

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(
        ["12", " 7 ", "1e3", "yes", "No", "nan", "NA", "", "inf", "3,5", "Ulm", 0.5, 2**70, [1], {"a": 1}]
    )
)
RECORDS = st.lists(
    st.fixed_dictionaries(dict.fromkeys(("spend", "age", "city", "member", "plan"), VALUES)), min_size=1, max_size=4
)


def outcome(answer) -> object:
    """Return what an answer says, or which cells it refuses."""
    try:
        found = answer()
    except SchemaError as error:
        return {(problem.row, problem.column) for problem in error.problems}
    return found.predictions, np.asarray(found.probabilities).tobytes()


@pytest.fixture(scope="module")
def predictor(bundle) -> Predictor:
    return Predictor(bundle.model)


@settings(max_examples=120, deadline=None)
@given(RECORDS)
@example(
    [
        {"spend": 1, "age": 2, "city": 3, "member": 1, "plan": True},
        {"spend": 1.5, "age": "2", "city": 3.0, "member": False, "plan": None},
    ]
)
@example([{"spend": 10**400, "age": -(10**400), "city": 10**400, "member": 10**400, "plan": None}])
@example([{"spend": 10**18, "age": 2**62, "city": 1e22, "member": 0.0, "plan": 1e-7}])
def test_one_by_one_and_as_a_table_are_the_same_bits_or_the_same_refusal(predictor, records):
    assert outcome(lambda: predictor._one_by_one(records)) == outcome(lambda: predictor._as_table(records))


def test_the_path_does_not_depend_on_how_many_rows_there_are(bundle, rows):
    predictor, records = Predictor(bundle.model), rows.to_dicts()
    together = predictor.answer(records)
    parts = [predictor.answer(records[start : start + 7]) for start in range(0, len(records), 7)]
    assert together.predictions == [value for part in parts for value in part.predictions]
    assert together.probabilities == [row for part in parts for row in part.probabilities]


def test_no_rows_need_no_model(bundle, number_bundle):
    assert Predictor(bundle.model).answer([]) == Answer([], [], ("no", "yes"))
    assert Predictor(number_bundle.model).answer([]) == Answer([], None, ())


def test_a_large_whole_number_beside_fractions_is_refused_rather_than_rounded(predictor, rows):
    row = rows.row(0, named=True)
    with pytest.raises(SchemaError, match="cannot stand exactly"):
        table_of([{**row, "age": 2**53 + 1}, {**row, "age": 1.5}], predictor.readers)
    assert len(table_of([{**row, "age": 2**53 + 1}, {**row, "age": "1"}], predictor.readers)) == 2


def test_no_rows_are_no_reason_to_pass_over_an_interval_that_cannot_be_given(predictor):
    for records in ([], [{"spend": 1, "age": 2, "city": "Ulm", "member": True, "plan": None}]):
        with pytest.raises(UsageError, match="intervals are for numbers"):
            predictor.answer(records, interval=0.9)
