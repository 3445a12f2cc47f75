import json
from importlib.util import find_spec

import pytest
from tests.conftest import need

from clew.deploy.batch import predict
from clew.deploy.mlflow_loader import _load_pyfunc


def test_the_loader_answers_as_the_batch_does(bundle, rows):
    found = _load_pyfunc(str(bundle.path)).predict(rows.to_pandas())
    assert found.to_dict(orient="list") == predict(bundle, rows).to_dict(as_series=False)


def test_the_signature_names_every_column(bundle):
    model = json.loads((bundle.path / "MLmodel").read_text())
    inputs = json.loads(model["signature"]["inputs"])
    assert [column["name"] for column in inputs] == list(bundle.model.features)
    outputs = json.loads(model["signature"]["outputs"])
    assert [column["name"] for column in outputs] == ["prediction", "probability_no", "probability_yes"]
    assert model["flavors"]["python_function"]["loader_module"] == "clew.deploy.mlflow_loader"


def test_requirements_pin_what_the_model_answers_with(bundle):
    lines = (bundle.path / "requirements.txt").read_text().splitlines()
    assert {line.split("==")[0] for line in lines} >= {"clew", "polars", "scikit-learn"}


@pytest.mark.extra
@pytest.mark.filterwarnings("default")  # MLflow warns about its own code when it is imported
def test_mlflow_opens_a_bundle_and_predicts(bundle, rows):
    need(find_spec("mlflow") is not None, "mlflow: pip install 'clew[mlflow]'")
    import mlflow

    expected = predict(bundle, rows).to_dict(as_series=False)
    model = mlflow.pyfunc.load_model(str(bundle.path))
    frame = rows.to_pandas()
    assert model.predict(frame).to_dict(orient="list") == expected
    # As other programs store the same values: whole numbers as floats, labels as categories, columns in any order.
    stored = frame.astype({"age": "float64", "city": "category"})[["plan", "member", "city", "age", "spend"]]
    assert model.predict(stored).to_dict(orient="list") == expected
