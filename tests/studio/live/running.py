"""A studio as people start it: `clew studio` in a process of its own, on a free port, over a folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.servers import free_ports

START_S = 60.0
STOP_S = 15.0


@dataclass(frozen=True)
class Studio:
    """A running studio.

    Parameters
    ----------
    url : str
        Its address, without a slash at the end.
    folder : Path
        The folder it was started over.
    log : Path
        What it printed.
    process : Popen
        Its process.
    """

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen

    @property
    def host(self) -> str:
        """Name and port, as they stand in an address."""
        return self.url.removeprefix("http://")

    def said(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_studio(folder: Path, log: Path, *arguments: str, host: str = "127.0.0.1") -> Iterator[Studio]:
    """Run `clew studio FOLDER` until the block ends; it must end by itself then, and must not have failed meanwhile."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "clew", "studio", str(folder), "--port", str(port), "--host", host, "--no-browser"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    # NiceGUI behaves otherwise where it believes to be under test.
    environment.pop("NICEGUI_SCREEN_TEST_PORT", None)
    with log.open("wb") as out:
        process = subprocess.Popen([*command, *arguments], stdout=out, stderr=out, cwd=folder, env=environment)
    studio = Studio(f"http://127.0.0.1:{port}", folder, log, process)
    try:
        _wait_until_it_answers(studio)
        yield studio
    finally:
        ended = _stop(process)
    assert ended, f"The studio did not end within {STOP_S:g} s:\n{studio.said()[-2000:]}"
    assert "Traceback" not in studio.said(), studio.said()[-6000:]


def _wait_until_it_answers(studio: Studio) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and studio.process.poll() is None:
        try:
            httpx.get(studio.url, trust_env=False, timeout=10)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The studio did not start: {studio.said()[-4000:]}")


def _stop(process: subprocess.Popen) -> bool:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
