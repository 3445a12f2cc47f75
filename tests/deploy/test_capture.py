import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from clew.core.errors import UsageError
from clew.core.schema import Column, Kind, Schema
from clew.deploy.answer import Answer
from clew.deploy.capture import Capture, CaptureSpec
from clew.deploy.predictor import Predictor
from clew.store.delta import read_table


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "captured"


def capture_of(bundle, place: Path, **spec) -> Capture:
    return Capture.of(bundle, place, CaptureSpec(**spec))


def offer(capture: Capture, bundle, records: list, request_id: str = "r1") -> bool:
    return capture.offer(request_id, records, Predictor(bundle.model).answer(records))


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_what_was_asked_and_answered_is_kept(bundle, rows, place):
    started = datetime.now(UTC)
    records = rows.head(3).to_dicts()
    with capture_of(bundle, place) as capture:
        assert offer(capture, bundle, records, "first")
        assert offer(capture, bundle, [{**records[0], "age": "41", "city": ""}], "second")
    kept = read_table(place)
    answer = Predictor(bundle.model).answer(records)
    assert kept["clew_request_id"].to_list() == ["first"] * 3 + ["second"]
    assert kept["clew_row"].to_list() == [0, 1, 2, 0]
    assert kept["clew_prediction"].to_list()[:3] == answer.predictions
    assert kept["clew_probability_yes"].to_list()[:3] == [row[1] for row in answer.probabilities]
    assert set(kept["clew_model"]) == {bundle.id}
    assert all(started <= moment <= datetime.now(UTC) + timedelta(seconds=1) for moment in kept["clew_time"])
    assert kept["age"].to_list() == [*rows["age"].head(3).to_list(), 41]
    assert kept["city"].to_list()[3] is None
    assert capture.counts.to_dict() == {"written": 4, "waiting": 0, "dropped": 0, "error": None}


def test_a_regression_has_no_probabilities(number_bundle, rows, place):
    with capture_of(number_bundle, place) as capture:
        offer(capture, number_bundle, rows.head(2).to_dicts())
    kept = read_table(place)
    assert kept.schema["clew_prediction"] == pl.Float64
    assert not [name for name in kept.columns if "probability" in name]


def test_batches_are_written_when_they_are_large_enough(bundle, rows, place):
    with capture_of(bundle, place, flush_rows=10, flush_s=3600) as capture:
        offer(capture, bundle, rows.head(9).to_dicts(), "a")
        assert not place.exists()
        offer(capture, bundle, rows.head(9).to_dicts(), "b")
        wait_for(lambda: capture.counts.written >= 9)
        assert len(read_table(place)) in {9, 18}


def test_batches_are_written_when_they_are_old_enough(bundle, rows, place):
    with capture_of(bundle, place, flush_rows=10**6, flush_s=0.05) as capture:
        offer(capture, bundle, rows.head(2).to_dicts())
        wait_for(lambda: capture.counts.written == 2)
        assert len(read_table(place)) == 2


def test_a_full_queue_drops_and_counts_and_never_waits(bundle, rows, place):
    capture = capture_of(bundle, place, queue_rows=5)
    records = rows.head(3).to_dicts()
    assert offer(capture, bundle, records, "a")
    assert not offer(capture, bundle, records, "b")
    assert capture.counts.to_dict() == {"written": 0, "waiting": 3, "dropped": 3, "error": None}
    capture.start()
    capture.close()
    assert capture.counts.to_dict() == {"written": 3, "waiting": 0, "dropped": 3, "error": None}
    assert not offer(capture, bundle, records, "late")
    assert capture.counts.dropped == 6


def test_a_share_of_the_requests_is_kept_by_their_ids(bundle, rows, place):
    record = rows.head(1).to_dicts()
    capture = capture_of(bundle, place, share=0.25)
    answer = Predictor(bundle.model).answer(record)
    kept = [capture.offer(f"request {number}", record, answer) for number in range(2000)]
    assert 400 < sum(kept) < 600
    assert kept[:50] == [capture.offer(f"request {number}", record, answer) for number in range(50)]
    assert not capture_of(bundle, place, share=0.0).offer("any", record, answer)


def test_no_rows_are_nothing_to_keep(bundle, place):
    with capture_of(bundle, place) as capture:
        assert not capture.offer("r", [], Answer([], [], ("no", "yes")))
    assert not place.exists()


def test_columns_may_be_empty_or_hold_fractions_where_whole_numbers_were_seen(bundle, rows, place):
    row = rows.row(0, named=True)
    with capture_of(bundle, place, flush_rows=1) as capture:
        for number, changed in enumerate(({"city": None, "age": None}, {"age": 30}, {"age": 30.5}, {"age": "31"})):
            offer(capture, bundle, [{**row, **changed}], str(number))
            wait_for(lambda done=number + 1: capture.counts.written == done)
    assert read_table(place)["age"].to_list() == [None, 30, 30.5, 31]


def test_what_cannot_be_written_is_told_kept_and_tried_again(bundle, rows, place):
    place.parent.mkdir(exist_ok=True)
    place.write_text("a file is in the way")
    with capture_of(bundle, place, flush_s=0.02) as capture:
        offer(capture, bundle, rows.head(2).to_dicts())
        wait_for(lambda: capture.counts.error is not None)
        assert capture.counts.waiting == 2
        place.unlink()
        wait_for(lambda: capture.counts.written == 2)
        assert capture.counts.error is None
    assert len(read_table(place)) == 2


def test_what_cannot_be_written_at_the_end_is_counted_as_lost(bundle, rows, place):
    place.write_text("a file is in the way")
    with capture_of(bundle, place) as capture:
        offer(capture, bundle, rows.head(2).to_dicts())
    assert (capture.counts.dropped, capture.counts.waiting) == (2, 0)
    assert capture.counts.error


def test_two_servers_may_share_a_table(bundle, rows, place):
    def serve(name: str) -> None:
        with capture_of(bundle, place, flush_rows=2) as capture:
            for number in range(3):
                offer(capture, bundle, rows.head(2).to_dicts(), f"{name}{number}")

    threads = [threading.Thread(target=serve, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = read_table(place)
    assert len(kept) == 12
    assert kept["clew_request_id"].n_unique() == 6


@pytest.mark.parametrize(
    ("names", "folder", "message"),
    [
        (("clew_row",), "captured", "'clew_row'"),
        (("Size", "size"), "captured", "'Size' and 'size' differ"),
        (("size",), ".captured", "letter or digit"),
    ],
)
def test_what_could_never_be_written_is_refused_at_once(tmp_path, names, folder, message):
    schema = Schema(tuple(Column(name, "Int64", Kind.NUMERIC) for name in names))
    with pytest.raises(UsageError, match=message):
        Capture(tmp_path / folder, schema=schema, classes=(), model_id="m")


def test_a_served_request_is_captured_under_its_id(asking, bundle, rows, place):
    capture = capture_of(bundle, place, flush_rows=1)
    ask = asking(capture=capture)
    reply = ask("POST", "/invocations", json=rows.head(2).to_dicts(), headers={"x-request-id": "order-1"})
    assert reply.status_code == 200
    ask("POST", "/invocations", json=[{"age": 1}])
    wait_for(lambda: capture.counts.written == 2)
    assert ask("GET", "/health").json()["capture"]["written"] == 2
    assert read_table(place)["clew_request_id"].to_list() == ["order-1"] * 2


def test_waiting_for_the_queue_takes_no_time(bundle, rows, place):
    """The thread holds the lock for counting only, so that offering is never slowed by a slow disk."""
    place.parent.mkdir(exist_ok=True)
    os.mkfifo(place)
    record = rows.head(1).to_dicts()
    answer = Predictor(bundle.model).answer(record)
    capture = capture_of(bundle, place, flush_s=0.01)
    capture.start()
    for number in range(500):
        capture.offer(str(number), record, answer)
    assert capture.counts.waiting + capture.counts.dropped == 500
    place.unlink()
    capture.close()
    assert capture.counts.written + capture.counts.dropped == 500
