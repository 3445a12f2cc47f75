"""``python -m clew.project.job_work``: does the work of one job, and says on a pipe how far it is.

Its order is a line of JSON on stdin; its words are lines of JSON on stdout: progress, and one last word: the result, an
error that the user can mend, or a fault of ours. Whatever libraries print goes to the log.
"""

import json
import os
import signal
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from clew.core.errors import ClewError
from clew.core.jsonable import dumps


class Voice:
    """Where the work speaks; taken away from libraries that print.

    Words of several threads do not mix.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def say(self, words: dict[str, Any]) -> None:
        """Say something."""
        line = dumps(words)
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()

    def progress(self, message: str, done: float | None = None) -> None:
        """Say how far the work is; follows `clew.core.progress.Progress`."""
        self.say({"progress": message, "done": done})


def _end_when_alone() -> None:
    """End with all processes of ours when nobody watches over the work any more."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Do what stdin orders."""
    # Whoever is started in the background of a shell would ignore this signal, and so could not be cancelled gently.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    voice = Voice()
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_when_alone, daemon=True).start()
    try:
        work = import_module(order["module"]).work
        voice.say({"result": work(Path(order["folder"]), order["arguments"], voice.progress)})
    except KeyboardInterrupt:
        # Threads of libraries may be in the middle of something; nothing of it is wanted.
        os._exit(130)
    except ClewError as error:
        voice.say({"error": {"message": error.message, "hint": error.hint}})
    except BaseException as error:  # noqa: BLE001 - the last line of defence; a panic of Polars is no Exception
        traceback.print_exc()
        voice.say({"fault": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
