"""How MLflow opens a bundle: the loader module of its ``python_function`` flavour."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.deploy.batch import predict
from clew.deploy.bundle import Bundle, load

if TYPE_CHECKING:
    import pandas as pd


class PyfuncModel:
    """What ``mlflow.pyfunc.load_model`` wraps.

    Parameters
    ----------
    bundle : Bundle
        The model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> "pd.DataFrame":  # noqa: ARG002 - MLflow's
        """Answer for every row.

        Parameters
        ----------
        model_input : frame
            Rows with the model's columns.
        params : mapping, optional
            Not used.

        Returns
        -------
        pandas.DataFrame
            Columns ``prediction`` and ``probability_<class>``, as of `clew.deploy.batch.predict`.
        """
        return predict(self.bundle, model_input).to_pandas()


def _load_pyfunc(path: str) -> PyfuncModel:
    """Open a bundle; the name is MLflow's."""
    return PyfuncModel(load(Path(path)))
