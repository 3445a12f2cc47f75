"""From the records of a request to an answer: a few rows by themselves, many as a table, with equal results."""

from collections.abc import Sequence
from dataclasses import replace

from clew.core.errors import CellProblem, SchemaError
from clew.deploy.answer import Answer
from clew.deploy.request import Columns, Record
from clew.deploy.table import readers_of, table_of, wrong_cells
from clew.train.model import FittedModel

#: Up to here rows are quicker one by one than as a table, whose fixed cost is that of about this many rows.
ROWS_ONE_BY_ONE = 16


class Predictor:
    """Answers requests; safe to use from several threads at once.

    Parameters
    ----------
    model : FittedModel
        What predicts.
    """

    def __init__(self, model: FittedModel) -> None:
        self.model = model
        self.columns = Columns(model.features, frozenset(model.schema.names))
        self.readers = readers_of(model.schema.select(model.features))

    def answer(self, records: Sequence[Record], *, interval: float | None = None) -> Answer:
        """Predict.

        Parameters
        ----------
        records : sequence of mapping
            Any number of rows; columns that the model does not know are ignored.
        interval : float, optional
            Share of rows whose truth is to lie within an interval, e.g. 0.9; for a regression.

        Returns
        -------
        Answer
            In the order of the records.

        Raises
        ------
        SchemaError
            If a record lacks a column, or a value cannot be read; the cells are listed.
        UsageError
            If an interval is asked for that cannot be given.
        """
        if interval is not None:
            self.model.interval_ends(interval)  # no rows at all is no reason to pass over what cannot be given
        if not records:
            regression = not self.model.classes
            return Answer([], None if regression else [], self.model.classes)
        if self.model.online and len(records) <= ROWS_ONE_BY_ONE:
            return self._one_by_one(records, interval)
        return self._as_table(records, interval)

    def _as_table(self, records: Sequence[Record], interval: float | None = None) -> Answer:
        table = table_of(records, self.readers)
        # Requests run side by side, so each keeps to one thread.
        if interval is not None:
            found = self.model.predict(table, interval=interval, threads=1)
            assert found.low is not None and found.high is not None  # noqa: S101, PT018 - they were asked for
            ends = list(zip(found.low.tolist(), found.high.tolist(), strict=True))
            return Answer(found.prediction.tolist(), None, (), ends)
        scores = self.model.scores(table, threads=1)
        classes = self.model.classes
        if not classes:
            return Answer(scores.tolist(), None, ())
        return Answer([classes[place] for place in self.model.decide(scores)], scores.tolist(), classes)

    def _one_by_one(self, records: Sequence[Record], interval: float | None = None) -> Answer:
        found, problems = [], []
        for row, record in enumerate(records):
            try:
                found.append(self.model.predict_row(record, interval=interval))
            except SchemaError as error:
                cells = error.problems or (CellProblem(row, "", error.message, "", error.hint or ""),)
                problems += [replace(cell, row=row) for cell in cells]
        if problems:
            raise wrong_cells(problems)
        probabilities = [item.probabilities.tolist() for item in found if item.probabilities is not None]
        classes = self.model.classes
        ends = [(item.low, item.high) for item in found if item.low is not None and item.high is not None]
        predictions = [item.prediction for item in found]
        return Answer(predictions, probabilities if classes else None, classes, ends if interval is not None else None)
