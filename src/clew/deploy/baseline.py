"""Statistics of predictions, with which monitoring compares what a model says later."""

from clew.core.predictions import Predictions
from clew.core.schema import Column, Kind, Schema
from clew.deploy.answer import label_text, to_frame
from clew.explore.statistics import TableStatistics, describe

#: With more classes, only the predicted label is described.
_MOST_CLASSES = 20


def describe_predictions(predictions: Predictions) -> TableStatistics:
    """Compute the statistics of predictions.

    Parameters
    ----------
    predictions : Predictions
        Best of rows that the model had not learnt from: on its own training rows a model is too sure.

    Returns
    -------
    TableStatistics
        Of ``prediction`` and, for a classification, of the probability of the positive class, or of each class where
        none is positive.
    """
    frame = to_frame(predictions)
    classes = predictions.classes
    kind = Kind.CATEGORICAL if classes else Kind.NUMERIC
    described = [Column("prediction", str(frame.schema["prediction"]), kind)]
    watched = classes if predictions.positive is None else (predictions.positive,)
    if len(watched) <= _MOST_CLASSES:
        described += [Column(f"probability_{label_text(label)}", "Float64", Kind.NUMERIC) for label in watched]
    return describe(frame, Schema(tuple(described)))
