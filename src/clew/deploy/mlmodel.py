"""The files by which MLflow opens a bundle: ``MLmodel``, ``requirements.txt`` and ``python_env.yaml``.

They are written by hand, so that a bundle needs no MLflow to be made. YAML is a superset of JSON, so every value that
comes from data is written as JSON.
"""

import json
from pathlib import Path

from clew.deploy.answer import probability_columns
from clew.deploy.manifest import Manifest

#: Module whose ``_load_pyfunc`` MLflow calls with the path of the bundle.
LOADER = "clew.deploy.mlflow_loader"
#: Names under which the packages of `Manifest.libraries` are installed.
_NOT_A_PACKAGE = frozenset({"python"})


def write_mlflow_files(folder: Path, manifest: Manifest) -> None:
    """Write the three files.

    Parameters
    ----------
    folder : Path
        The bundle.
    manifest : Manifest
        What it is.
    """
    python = manifest.libraries["python"]
    # MLflow compares types by their storage and refuses what differs: an integer column with a missing value (which
    # pandas stores as floats), a float column that happens to hold whole numbers, text in a categorical dtype. The
    # model reads all of these and checks each cell itself, so every column is of type ``any``.
    columns = [{"name": name, "type": "any", "required": True} for name in manifest.features]
    inputs = json.dumps(columns, ensure_ascii=False)
    outputs = json.dumps(_outputs(manifest), ensure_ascii=False)
    model = {
        "flavors": {
            "python_function": {
                "env": {"virtualenv": "python_env.yaml"},
                "loader_module": LOADER,
                "python_version": python,
            }
        },
        "metadata": {"clew_model_id": manifest.model_id, "clew_format": manifest.format},
        "signature": {"inputs": inputs, "outputs": outputs, "params": None},
    }
    (folder / "MLmodel").write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    packages = {name: found for name, found in manifest.libraries.items() if name not in _NOT_A_PACKAGE}
    pinned = [f"{name}=={found}" for name, found in {"clew": manifest.clew, **packages}.items()]
    (folder / "requirements.txt").write_text("\n".join(pinned) + "\n", encoding="utf-8")
    environment = {"python": python, "dependencies": ["-r requirements.txt"]}
    (folder / "python_env.yaml").write_text(json.dumps(environment, indent=1) + "\n", encoding="utf-8")


def _outputs(manifest: Manifest) -> list[dict[str, object]]:
    names = ["prediction", *probability_columns(manifest.problem.classes)]
    return [{"name": name, "type": "any" if name == "prediction" else "double"} for name in names]
