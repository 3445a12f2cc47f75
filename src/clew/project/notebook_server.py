"""JupyterLab for a project: on this machine only, with a token of its own, ended with whoever started it."""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from clew.core.errors import ClewError, UsageError
from clew.project.notebook import PLACE

#: How long a server may take to start, to answer and to end, in seconds.
START_TIMEOUT_S, ANSWER_TIMEOUT_S, END_TIMEOUT_S = 60.0, 5.0, 10.0
_PAUSE_S = 0.1
#: What whoever has not installed the extra is told.
HOW_TO_INSTALL = "pip install 'clew[notebook]'"
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A notebook server that answers.

    Parameters
    ----------
    address : str
        Where it listens; useless without the token.
    token : str
        What it asks for; left out of the text form, so that it is not written anywhere by mistake.
    pid : int
        Its process.
    """

    address: str
    token: str
    pid: int

    def __repr__(self) -> str:
        return f"RunningServer({self.address!r}, process {self.pid})"

    def url(self, file: Path = PLACE) -> str:
        """Return the address that opens a file of the project, token included: whoever has it may run programs."""
        return f"{self.address}lab/tree/{file.as_posix()}?token={self.token}"


def is_installed() -> bool:
    """Say whether JupyterLab is there."""
    return find_spec("jupyterlab") is not None


class NotebookServers:
    """Notebook servers of projects; use it as a context manager, or call `close`, which ends those it has started.

    Safe for several threads. A server that another process has started for a project is found and used, and is not
    ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: dict[Path, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, folder: Path) -> RunningServer:
        """Return the server of a project; start one where none runs.

        Parameters
        ----------
        folder : Path
            The project folder.

        Raises
        ------
        UsageError
            If JupyterLab is not installed.
        ClewError
            If it does not start, or would let anybody in; the log named says more, and holds no token.
        """
        folder = folder.resolve()
        with self._lock:
            found = running(folder)
            if found is not None:
                return found
            if not is_installed():
                raise UsageError("JupyterLab is not installed.", hint=f"{HOW_TO_INSTALL}, or open {PLACE} elsewhere.")
            self._end(folder)
            return self._start(folder)

    def wait(self, folder: Path) -> None:
        """Wait until the server of a project that was started here ends by itself."""
        process = self._started.get(folder.resolve())
        if process is not None:
            process.wait()

    def close(self) -> None:
        """End the servers that were started here, with everything that runs in their notebooks."""
        with self._lock:
            for folder in list(self._started):
                self._end(folder)

    def _start(self, folder: Path) -> RunningServer:
        home = _home(folder)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = home / "server.log"
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - our own command
                _command(folder),
                cwd=folder,
                env=_environment(home, secrets.token_hex(24)),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                # Ctrl+C in the terminal is for us: we end it, and Jupyter has nobody to ask whether it should.
                start_new_session=True,
            )
        self._started[folder] = process
        try:
            return _answering(folder, process, log)
        except BaseException:
            self._end(folder)
            raise

    def _end(self, folder: Path) -> None:
        process = self._started.pop(folder, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def running(folder: Path) -> RunningServer | None:
    """Return the server that runs for a project, whoever started it; None where none answers.

    Parameters
    ----------
    folder : Path
        The project folder.
    """
    for note in sorted(_home(folder.resolve()).glob("jpserver-*.json")):
        found = _read(note)
        if found is not None and _status(found, with_token=True) == 200:
            return found
    return None


def _home(folder: Path) -> Path:
    return folder / ".clew" / "notebook"


def _command(folder: Path) -> list[str]:
    stated = {
        "ServerApp.ip": _HOST,
        "ServerApp.port": "0",
        "ServerApp.open_browser": "False",
        "ServerApp.allow_remote_access": "False",
        "ServerApp.root_dir": str(folder),
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root; Jupyter wants to hear that this is meant.
        stated["ServerApp.allow_root"] = "True"
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in stated.items())]


def _environment(home: Path, token: str) -> Mapping[str, str]:
    # The token goes where only this user can look: every user can read the command line of a process. Jupyter writes
    # "..." in its place where it does not make the token itself.
    return {**os.environ, "JUPYTER_TOKEN": token, "JUPYTER_RUNTIME_DIR": str(home)}


def _answering(folder: Path, process: "subprocess.Popen[bytes]", log: Path) -> RunningServer:
    deadline = time.monotonic() + START_TIMEOUT_S
    note = _home(folder) / f"jpserver-{process.pid}.json"
    while process.poll() is None and time.monotonic() < deadline:
        found = _read(note)
        if found is not None and _status(found, with_token=True) == 200:
            # Somebody's own settings of Jupyter may switch the token off.
            if _status(found, with_token=False) == 200:
                raise ClewError(
                    "The notebook server would let in everybody on this machine, so it was ended.",
                    hint="Your settings of Jupyter switch its token off; switch it on.",
                )
            return found
        time.sleep(_PAUSE_S)
    raise ClewError("JupyterLab did not start.", hint=f"{log} says why.")


def _read(note: Path) -> RunningServer | None:
    """Return what a server has noted about itself; None while the note is not there, or not whole."""
    try:
        told: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return RunningServer(str(told["url"]), str(told["token"]), int(told["pid"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _status(server: RunningServer, *, with_token: bool) -> int | None:
    """Ask a server for its state; None where nobody answers."""
    headers = {"Authorization": f"token {server.token}"} if with_token else {}
    request = Request(f"{server.address}api/status", headers=headers)  # noqa: S310 - an address of this machine
    try:
        with urlopen(request, timeout=ANSWER_TIMEOUT_S) as response:  # noqa: S310 - an address of this machine
            return int(response.status)
    except HTTPError as error:
        return int(error.code)
    except (URLError, TimeoutError, ConnectionError):
        return None
