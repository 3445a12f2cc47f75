"""A real server process on a real socket: how it starts, stops, and what a kill leaves behind."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from clew.core.errors import UsageError
from clew.deploy.capture import Capture
from clew.deploy.listening import listen
from clew.deploy.predictor import Predictor
from clew.deploy.server import serve
from clew.store.delta import read_table

SERVE = """
import json, sys
from pathlib import Path
from clew.deploy.bundle import load
from clew.deploy.capture import CaptureSpec
from clew.deploy.capture import Capture
from clew.deploy.predictor import Predictor
from clew.deploy.listening import listen
from clew.deploy.server import serve
options = json.loads(sys.argv[2])
if "capture" in options:
    options["capture"] = Path(options["capture"])
    options["capture_spec"] = CaptureSpec(**options.pop("spec", {}))
if "token_file" in options:
    options["token_file"] = Path(options["token_file"])
say = lambda message: print(message, flush=True)
print(json.dumps(serve(load(sys.argv[1]), port=0, say=say, **options)), flush=True)
"""


@contextmanager
def running(bundle: Path, **options) -> Iterator[tuple[subprocess.Popen, str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(bundle), json.dumps(options, default=str)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        assert "http://" in said, process.stderr.read()
        address = said.split()[-1]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{address}/ping")
                break
            except httpx.TransportError:
                time.sleep(0.02)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def test_a_server_asks_for_its_token_answers_many_and_ends_with_what_it_captured(bundle, rows, tmp_path):
    token, captured = tmp_path / "token", tmp_path / "captured"
    token.write_text("a-token-of-good-length")
    headers = {"authorization": "Bearer a-token-of-good-length"}
    with running(bundle.path, capture=captured, token_file=token) as (process, address):
        row, statuses = rows.row(0, named=True), []
        assert httpx.post(f"{address}/invocations", json=row).status_code == 401
        assert httpx.get(f"{address}/health", headers={**headers, "host": "evil.example"}).status_code == 403
        assert "server" not in httpx.get(f"{address}/health", headers=headers).headers

        def ask() -> None:
            with httpx.Client(base_url=address, headers=headers) as client:
                statuses.extend(client.post("/invocations", json=row).status_code for row in rows.head(20).to_dicts())

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert statuses == [200] * 80
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["capture"] == {"written": 80, "waiting": 0, "dropped": 0, "error": None}
    assert len(read_table(captured)) == 80


def test_a_request_under_way_is_finished_before_the_server_ends(bundle, rows):
    body = rows.head(1).write_csv().encode()
    with running(bundle.path) as (process, address):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            lines = (f"host: {host}", "content-type: text/csv", f"content-length: {len(body)}", "", "")
            connection.sendall("\r\n".join(("POST /invocations HTTP/1.1", *lines)).encode() + body[:10])
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[10:])
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        process.communicate(timeout=20)
    assert answer.startswith("HTTP/1.1 200"), answer
    assert '{"predictions":[' in answer


def test_a_kill_loses_the_unwritten_batch_and_nothing_else(bundle, rows, tmp_path):
    captured, row = tmp_path / "captured", rows.row(0, named=True)
    with running(bundle.path, capture=captured, spec={"flush_rows": 5, "flush_s": 3600}) as (process, address):
        with httpx.Client(base_url=address) as client:
            for number in range(23):
                client.post("/invocations", json=row, headers={"x-request-id": f"{number:03d}"})
            deadline = time.monotonic() + 20
            while client.get("/health").json()["capture"]["written"] < 20 and time.monotonic() < deadline:
                time.sleep(0.05)
        process.kill()
        process.wait()
    assert sorted(read_table(captured)["clew_request_id"])[:20] == [f"{number:03d}" for number in range(20)]
    with Capture.of(bundle, captured) as capture:
        capture.offer("after", [row], Predictor(bundle.model).answer([row]))
    assert read_table(captured)["clew_request_id"].to_list()[-1] == "after"


def test_an_address_in_use_is_told(bundle):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot be listened on"):
        serve(bundle, port=taken.getsockname()[1])


def test_replies_are_sent_at_once():
    """Asyncio switches Nagle's algorithm off only where the socket names its protocol; replies take 40 ms otherwise."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
