import json

import pytest

from clew.deploy.answer import Answer
from clew.deploy.errors import RequestError
from clew.deploy.media import CSV, JSON, JSON_LINES
from clew.deploy.reply import Detail, render

LABELS = Answer(["no", 'y,"es"'], [[0.75, 0.25], [0.125, 0.875]], ("no", 'y,"es"'))
NUMBERS = Answer([1.5, float("inf")], None, ())


def test_json_is_a_list_of_predictions():
    assert json.loads(render(LABELS, JSON, Detail())) == {"predictions": ["no", 'y,"es"']}


def test_detail_adds_the_probability_of_each_class():
    rows = json.loads(render(LABELS, JSON, Detail(probabilities=True)))["predictions"]
    assert rows[0] == {"prediction": "no", "probabilities": {"no": 0.75, 'y,"es"': 0.25}}


def test_a_regression_has_no_probabilities():
    assert json.loads(render(NUMBERS, JSON, Detail(probabilities=True)))["predictions"][0] == {"prediction": 1.5}


def test_json_has_no_infinite_numbers():
    assert json.loads(render(NUMBERS, JSON, Detail())) == {"predictions": [1.5, None]}


def test_csv_is_a_line_a_row_without_a_header():
    assert render(LABELS, CSV, Detail()) == b'no\n"y,""es"""\n'
    assert render(LABELS, CSV, Detail(probabilities=True)) == b'no,0.75,0.25\n"y,""es""",0.125,0.875\n'


def test_json_lines_are_an_object_a_line():
    lines = render(LABELS, JSON_LINES, Detail()).decode().splitlines()
    assert [json.loads(line) for line in lines] == [{"prediction": "no"}, {"prediction": 'y,"es"'}]


def test_keys_can_be_picked_by_the_names_of_sagemaker():
    detail = Detail.of({"output": "predicted_label,probability,labels,probabilities"})
    rows = json.loads(render(LABELS, JSON, detail))["predictions"]
    assert rows[1] == {
        "predicted_label": 'y,"es"', "probability": 0.875, "labels": ["no", 'y,"es"'], "probabilities": [0.125, 0.875]
    }  # fmt: skip
    assert render(LABELS, CSV, Detail.of({"output": "probability,labels"})).startswith(b'0.75,"[""no"",')
    assert json.loads(render(NUMBERS, JSON, Detail.of({"output": "predicted_score,predicted_label"})))["predictions"][
        0
    ] == {"predicted_score": 1.5, "predicted_label": None}


def test_no_rows_give_an_empty_reply():
    empty = Answer([], [], ("a", "b"))
    assert render(empty, JSON, Detail(probabilities=True)) == b'{"predictions":[]}'
    assert render(empty, CSV, Detail()) == render(empty, JSON_LINES, Detail()) == b""


def test_truth_values_are_written_as_json_and_csv_write_them():
    answer = Answer([True], [[0.25, 0.75]], (False, True))
    assert render(answer, CSV, Detail()) == b"true\n"
    assert json.loads(render(answer, JSON, Detail(probabilities=True))) == {
        "predictions": [{"prediction": True, "probabilities": {"false": 0.25, "true": 0.75}}]
    }


@pytest.mark.parametrize("query", [{"detail": "yes"}, {"output": "score"}])
def test_an_unknown_wish_is_refused(query):
    with pytest.raises(RequestError) as refused:
        Detail.of(query)
    assert refused.value.status == 400
