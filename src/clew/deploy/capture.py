"""Keep what was asked and answered: a thread of its own appends batches to a Delta table, and no request waits for it.

A queue of bounded length stands between the two. When it is full, rows are dropped and counted; `Capture.counts` shows
them. Each batch becomes visible in one commit, so a process that is killed loses the rows that were not yet written and
nothing else. Rows are in the columns of the training table, conformed to its schema, beside columns that begin with
``clew_``.
"""

import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import polars as pl
import polars.selectors as cs

from clew.core.errors import UsageError
from clew.core.schema import Schema
from clew.deploy.answer import Answer, label_text, label_type
from clew.deploy.bundle import Bundle
from clew.deploy.request import Record
from clew.deploy.table import readers_of, table_of
from clew.store.files import ProjectLock
from clew.store.tables import Tables

#: Begins the name of every column that is not one of the model's.
PREFIX = "clew_"
REQUEST, ROW, TIME, MODEL, PREDICTION = (PREFIX + name for name in ("request_id", "row", "time", "model", "prediction"))
PROBABILITY = f"{PREFIX}probability_"

#: How long a batch waits for another server's; it is tried again later.
_LOCK_WAIT_S = 5.0

_log = logging.getLogger("clew.capture")


@dataclass(frozen=True, slots=True)
class CaptureSpec:
    """How requests are kept.

    Parameters
    ----------
    share : float, default 1
        Share of the requests to keep, 0 to 1; which ones depends on their ids alone.
    flush_rows : int, default 1000
        A batch is written as soon as it has so many rows.
    flush_s : float, default 5
        And at the latest this many seconds after its first row came.
    queue_rows : int, default 100_000
        Rows that may wait; more are dropped.
    """

    share: float = 1.0
    flush_rows: int = 1000
    flush_s: float = 5.0
    queue_rows: int = 100_000


@dataclass(frozen=True, slots=True)
class CaptureCounts:
    """What became of the rows that were offered.

    Parameters
    ----------
    written, waiting, dropped : int
        Rows in the table, in the queue, and lost to a full queue or at the end.
    error : str or None
        Why the last batch could not be written; it is tried again.
    """

    written: int
    waiting: int
    dropped: int
    error: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class _Item:
    request_id: str
    time: datetime
    records: Sequence[Record]
    answer: Answer


class Capture:
    """Appends requests and answers to a Delta table, from a thread of its own.

    Call `start` before the first `offer` and `close` at the end, or use it as a context manager.

    Parameters
    ----------
    folder : Path
        The Delta table; made with the first batch.
    schema : Schema
        Columns that are kept: those that the model reads.
    classes : tuple
        Labels of the model; empty for a regression.
    model_id : str
        Which model answers.
    spec : CaptureSpec
        How requests are kept.
    """

    def __init__(
        self, folder: Path, *, schema: Schema, classes: tuple[Any, ...], model_id: str, spec: CaptureSpec | None = None
    ) -> None:
        self.folder = folder
        self.spec = spec or CaptureSpec()
        self._readers, self._classes, self._model_id = readers_of(schema), classes, model_id
        self._tables = Tables(folder.parent)
        # Several servers may keep what they are asked in one table.
        self._lock = ProjectLock(folder.parent / f".{folder.name}.lock", "capture")
        self._queue: deque[_Item] = deque()
        self._waiting = self._written = self._dropped = 0
        self._error: str | None = None
        self._closing = False
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        _check(folder, schema)

    @classmethod
    def of(cls, bundle: Bundle, folder: Path, spec: CaptureSpec | None = None) -> Self:
        """Return what keeps the requests to a bundle: the columns that its model reads.

        Parameters
        ----------
        bundle : Bundle
            The model.
        folder : Path
            The Delta table.
        spec : CaptureSpec, optional
            How requests are kept.
        """
        inputs = bundle.schema.select(bundle.model.features)
        return cls(folder, schema=inputs, classes=bundle.model.classes, model_id=bundle.id, spec=spec)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def counts(self) -> CaptureCounts:
        """What became of the rows so far."""
        with self._wake:
            return CaptureCounts(self._written, self._waiting, self._dropped, self._error)

    def start(self) -> None:
        """Start the thread."""
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="clew-capture", daemon=True)
        self._thread.start()

    def offer(self, request_id: str, records: Sequence[Record], answer: Answer) -> bool:
        """Hand over a request and its answer; never waits.

        Parameters
        ----------
        request_id : str
            Identifies the request.
        records : sequence of mapping
            Its rows, as they came.
        answer : Answer
            What was said about them.

        Returns
        -------
        bool
            Whether they are kept: False if the request is not in the sample, or the queue is full.
        """
        if not records or zlib.crc32(request_id.encode()) >= self.spec.share * 2**32:
            return False
        item = _Item(request_id, datetime.now(UTC), records, answer)
        with self._wake:
            if self._closing or self._waiting + len(records) > self.spec.queue_rows:
                self._dropped += len(records)
                return False
            self._queue.append(item)
            self._waiting += len(records)
            if self._waiting >= self.spec.flush_rows or len(self._queue) == 1:
                self._wake.notify()
        return True

    def close(self) -> None:
        """Write what waits and end the thread; rows that cannot be written are counted as dropped."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                deadline = time.monotonic() + self.spec.flush_s
                while self._waiting < self.spec.flush_rows and not self._closing:
                    left = deadline - time.monotonic()
                    if left <= 0 or not self._wake.wait(left):
                        break
                closing, batch = self._closing, self._take()
            written = self._write(batch)
            with self._wake:
                if not written and closing:
                    self._dropped += self._waiting
                    self._waiting = 0
                if closing and (not written or not self._queue):
                    return
                if not written:
                    # Whatever is wrong with the disk is not mended at once.
                    self._wake.wait(self.spec.flush_s)

    def _take(self) -> list[_Item]:
        """Return the next batch; it stays in the queue until it is written."""
        batch: list[_Item] = []
        rows = 0
        for item in self._queue:
            if batch and rows + len(item.records) > self.spec.flush_rows:
                break
            batch.append(item)
            rows += len(item.records)
        return batch

    def _write(self, batch: list[_Item]) -> bool:
        if not batch:
            return True
        try:
            with self._lock.acquire(wait_s=_LOCK_WAIT_S):
                self._tables.write(self.folder.name, self._frame(batch), mode="append")
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a disk or a library does
            _log.exception("%d requests could not be written to %s", len(batch), self.folder)
            with self._wake:
                self._error = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            return False
        rows = sum(len(item.records) for item in batch)
        with self._wake:
            for _ in batch:
                self._queue.popleft()
            self._waiting -= rows
            self._written += rows
            self._error = None
        return True

    def _frame(self, batch: list[_Item]) -> pl.DataFrame:
        records = [record for item in batch for record in item.records]
        inputs = table_of(records, self._readers)
        # A column of whole numbers may be asked about fractions, and a table keeps one type for good.
        inputs = inputs.with_columns(cs.integer().cast(pl.Float64))
        sizes = [len(item.records) for item in batch]
        columns = [
            pl.Series(REQUEST, _repeat([item.request_id for item in batch], sizes), dtype=pl.String),
            pl.Series(ROW, [row for size in sizes for row in range(size)], dtype=pl.Int64),
            pl.Series(TIME, _repeat([item.time for item in batch], sizes), dtype=pl.Datetime("us", "UTC")),
            pl.Series(MODEL, [self._model_id] * len(records), dtype=pl.String),
            pl.Series(
                PREDICTION,
                [value for item in batch for value in item.answer.predictions],
                dtype=label_type(self._classes),
            ),
        ]
        rows = [row for item in batch for row in item.answer.probabilities or ()]
        for place, label in enumerate(self._classes):
            columns.append(
                pl.Series(f"{PROBABILITY}{label_text(label)}", [row[place] for row in rows], dtype=pl.Float64)
            )
        return inputs.with_columns(columns)


def _check(folder: Path, schema: Schema) -> None:
    """Refuse what could never be written, before anything is served."""
    taken = [name for name in schema.names if name.startswith(PREFIX)]
    if taken:
        raise UsageError(
            f"The column {taken[0]!r} begins with {PREFIX!r}, which captured rows keep for themselves.",
            hint="Rename the column, or serve without capture.",
        )
    alike = {name.lower(): name for name in schema.names}
    if len(alike) < len(schema):
        odd = next(name for name in schema.names if alike[name.lower()] != name)
        raise UsageError(
            f"The columns {odd!r} and {alike[odd.lower()]!r} differ in capital letters only; Delta takes them for one.",
            hint="Serve without capture.",
        )
    if not folder.name[:1].isalnum():
        raise UsageError(
            f"Captured rows cannot be kept in {folder}: its name must begin with a letter or digit.",
            hint="Name another folder.",
        )


def _repeat(values: list[Any], sizes: list[int]) -> list[Any]:
    return [value for value, size in zip(values, sizes, strict=True) for _ in range(size)]
