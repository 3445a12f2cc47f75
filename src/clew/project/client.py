"""Asking a served model, as any client would: a real process, a real socket."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import polars as pl

from clew.core.errors import ClewError

#: How long a server may take to come up, and to answer.
START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 60.0


@contextmanager
def running_server(bundle: Path, capture: Path) -> Iterator[str]:
    """Run ``clew serve`` on a free port of this machine while the block lasts.

    Parameters
    ----------
    bundle : Path
        The model.
    capture : Path
        Where requests and answers are kept.

    Yields
    ------
    str
        Address of the server.
    """
    command = [sys.executable, "-m", "clew", "serve", str(bundle), "--port", "0", "--capture", str(capture)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # noqa: S603 - our own command
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=START_TIMEOUT_S)


def _address(process: "subprocess.Popen[str]") -> str:
    """Read the address from the line that the server writes once it listens."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    deadline, said = time.monotonic() + START_TIMEOUT_S, []
    while time.monotonic() < deadline:
        line = process.stderr.readline()
        if not line:
            break
        said.append(line)
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip("/.,")
    raise ClewError(f"The server did not start: {''.join(said).strip() or 'it said nothing'}.")


def ask(address: str, rows: pl.DataFrame) -> list[float]:
    """Return the probability of the positive label for each row, from a served model.

    Parameters
    ----------
    address : str
        Of the server.
    rows : DataFrame
        With the model's columns.
    """
    body = io.BytesIO()
    rows.write_csv(body)
    request = Request(  # noqa: S310 - the address is our own server's
        f"{address}/invocations?detail=1",
        data=body.getvalue(),
        headers={"Content-Type": "text/csv", "Accept": "application/json"},
    )
    with urlopen(request, timeout=ANSWER_TIMEOUT_S) as response:  # noqa: S310 - the address is our own server's
        predictions = json.load(response)["predictions"]
    return [item["probabilities"]["true"] for item in predictions]
