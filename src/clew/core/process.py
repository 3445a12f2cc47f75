"""Processes that can be ended: work that a library does in one long call, and that must stop on time.

A thread cannot be ended; a process can. Forking the process that asks is no way out, as locks and OpenMP's threads do
not survive it, and a fresh interpreter spends seconds on its imports. So one quiet process imports what is needed and
forks itself for each piece of work. What it is told and what it answers are texts; whatever is large goes through
files. Each piece of work ends by its own alarm, even if nobody is left to ask for it.
"""

import contextlib
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

#: What the quiet process does first; the rest it is told.
_START = "import json, sys; told = json.loads(sys.stdin.readline()); sys.path[:] = told['path']; "
_SERVE = "from clew.core.process import serve; serve(told)"
#: Seconds after the end of its time until work that does not answer is given up.
_GRACE_S = 0.2


class Children:
    """Does pieces of work in processes of their own, each of which ends when its time is over.

    Nothing is started before the first piece of work, or `start`. Pieces of work may be asked for from several threads
    and run side by side. Use it as a context manager: at the end of the block no process is left.

    Parameters
    ----------
    work : str
        Function that does the work, as ``package.module:function``: takes a text, returns a text.
    first : str, optional
        Text that the function is given once before everything else, in the process that is forked afterwards: a chance
        to import what the work needs. May be set until the process starts.
    """

    def __init__(self, work: str, first: str | None = None) -> None:
        self.first = first
        self._work = work
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @staticmethod
    def available() -> bool:
        """Return whether this system can fork."""
        return hasattr(os, "fork") and hasattr(socket, "AF_UNIX")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the process that forks, so that its imports are done when they are needed."""
        with self._lock:
            if self._process is None:
                self._start()

    def run(self, text: str, *, until: float) -> str | None:
        """Do a piece of work.

        Parameters
        ----------
        text : str
            Handed to the function.
        until : float
            Value of `time.monotonic` at which the work is ended, wherever it is.

        Returns
        -------
        str or None
            What the function returned; None where the work was ended, killed, or failed.
        """
        self.start()
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.settimeout(max(0.0, until - time.monotonic()) + _GRACE_S)
            line.connect(str(self._address))
            line.sendall(json.dumps({"text": text, "until": until}).encode() + b"\n")
            with line.makefile("rb") as answer:
                said = answer.readline()
            return str(json.loads(said)) if said.endswith(b"\n") else None
        return None

    def close(self) -> None:
        """End all work and the process that forks."""
        with self._lock:
            process, folder = self._process, self._folder
            self._process = self._folder = None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _address(self) -> Path:
        return Path(str(self._folder)) / "socket"

    def _start(self) -> None:
        # Nobody else may enter the folder, so nobody else can ask for work.
        self._folder = Path(tempfile.mkdtemp(prefix="clew-"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self._address))
            listener.listen(64)
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", _START + _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                process_group=0,
            )
            told = {"path": sys.path, "work": self._work, "first": self.first, "listener": listener.fileno()}
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(told).encode() + b"\n")
                self._process.stdin.flush()


def serve(told: Mapping[str, Any]) -> None:
    """Fork for every connection until whoever started this process is gone, then end all work.

    Parameters
    ----------
    told : mapping
        ``work``, the function; ``first``, what it is given before everything else, or None; and ``listener``, the file
        descriptor of a listening socket.
    """
    module, _, function = str(told["work"]).partition(":")
    work = getattr(importlib.import_module(module), function)
    if told["first"] is not None:
        work(told["first"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.socket(fileno=int(told["listener"])) as listener:
        while True:
            # Nothing more comes from the standard input but its end.
            ready, _, _ = select.select([listener.fileno(), 0], [], [])
            if 0 in ready:
                os.killpg(0, signal.SIGKILL)
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _answer(connection, work)


def _answer(connection: socket.socket, work: Callable[[str], str]) -> None:
    """Do one piece of work in a child, and end."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with connection.makefile("rb") as line:
            told = json.loads(line.readline())
        left = told["until"] - time.monotonic()
        if left > 0:
            # Unhandled, the alarm ends the process whatever it is busy with.
            signal.setitimer(signal.ITIMER_REAL, left)
            connection.sendall(json.dumps(work(told["text"])).encode() + b"\n")
    except Exception:  # noqa: BLE001 - a child must end here, not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)
