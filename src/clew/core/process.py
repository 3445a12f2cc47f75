"""Processes that can be ended: work that a library does in one long call, and that must stop on time.

A thread cannot be ended; a process can. Forking the process that asks is no way out, as locks and OpenMP's threads do
not survive it, and a fresh interpreter spends seconds on its imports. So one quiet process imports what is needed and
forks itself for each piece of work. What it is told and what it answers are texts; whatever is large goes through
files in one folder. Each piece of work ends by its own alarm, even if nobody is left to ask for it.
"""

import contextlib
import importlib
import json
import os
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

    Nothing is started before the first piece of work, or `start`; a process that was killed is started again. Pieces of
    work may be asked for from several threads and run side by side. Use it as a context manager: at the end of the
    block no process is left, and no folder.

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
        #: To the process that forks: each piece of work is one end of a line of its own, sent through this one.
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    @staticmethod
    def available() -> bool:
        """Return whether this system can fork."""
        return hasattr(os, "fork") and hasattr(socket, "send_fds")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Folder for files of the work; it is gone after `close`, and soon after whoever asks was killed."""
        with self._lock:
            return self._started()

    def start(self) -> None:
        """Start the process that forks, unless it is there, so that its imports are done when they are needed.

        Raises
        ------
        OSError
            If the system has no room for a folder, or allows no further process.
        """
        with self._lock:
            self._started()

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

        Raises
        ------
        OSError
            As of `start`.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            with contextlib.suppress(OSError):  # whoever works at the other end is gone, or late
                ours.settimeout(max(0.0, until - time.monotonic()) + _GRACE_S)
                ours.sendall(json.dumps({"text": text, "until": until}).encode() + b"\n")
                with ours.makefile("rb") as answer:
                    said = answer.readline()
                return str(json.loads(said)) if said.endswith(b"\n") else None
        return None

    def close(self) -> None:
        """End all work and the process that forks, and remove the folder."""
        with self._lock:
            self._end()
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _hand_over(self, theirs: socket.socket) -> None:
        with self._lock:
            self._started()
            if self._line is not None:
                with contextlib.suppress(ConnectionError):  # it was killed just now: the line ends without an answer
                    socket.send_fds(self._line, [b"."], [theirs.fileno()])

    def _started(self) -> Path:
        """Return the folder of the process that forks, which is there now."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="clew-"))
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._start(self._folder)
        return self._folder

    def _start(self, folder: Path) -> None:
        ours, theirs = socket.socketpair()
        told: dict[str, Any] = {"path": sys.path, "work": self._work, "first": self.first, "folder": str(folder)}
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    [sys.executable, "-c", _START + _SERVE],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    process_group=0,
                )
                told["line"] = theirs.fileno()
        except OSError:
            ours.close()
            raise
        self._line = ours
        if self._process.stdin is not None:
            with self._process.stdin as stdin:
                stdin.write(json.dumps(told).encode() + b"\n")

    def _end(self) -> None:
        process, line = self._process, self._line
        self._process = self._line = None
        if process is not None:
            if process.poll() is None:  # else its number may be somebody else's by now
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if line is not None:
            line.close()


def serve(told: Mapping[str, Any]) -> None:
    """Fork for every piece of work until whoever started this process is gone; then remove the folder and end all work.

    Parameters
    ----------
    told : mapping
        ``work``, the function; ``first``, what it is given before everything else, or None; ``folder``, where files of
        the work are; and ``line``, the file descriptor through which the lines of pieces of work come.
    """
    module, _, function = str(told["work"]).partition(":")
    work = getattr(importlib.import_module(module), function)
    if told["first"] is not None:
        work(told["first"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.socket(fileno=int(told["line"])) as line:
        while True:
            said, handed, _, _ = socket.recv_fds(line, 1, 1)
            if not said:
                # Whoever still works ends first, and writes into the folder no more.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.killpg(0, signal.SIGTERM)
                shutil.rmtree(told["folder"], ignore_errors=True)
                os.killpg(0, signal.SIGKILL)
            with socket.socket(fileno=handed[0]) as connection:
                if os.fork() == 0:
                    line.close()
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
