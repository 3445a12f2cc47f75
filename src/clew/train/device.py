"""Which algorithms learn on which device, and whose turn it is there."""

import contextlib
import getpass
import os
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clew.core.errors import BusyError, DataError, UsageError
from clew.core.finding import Finding
from clew.store.files import ProjectLock
from clew.train.codes import finding
from clew.train.estimators import get_estimator
from clew.train.estimators.vocabulary import DEVICE, DEVICES

#: Where no clock counts, a fit waits this long for the others: seconds.
_LONG_S = 86_400.0
#: Seconds to wait for a try whether it can learn there at all.
_TRY_S = 2.0
#: Pause after a fit in which another process may have its turn: it looks that often.
_PAUSE_S = 0.06
#: Between the threads of a process.
_HERE = threading.Lock()


def places(
    algorithms: Sequence[str], device: str, *, named: bool
) -> tuple[Mapping[str, Mapping[str, Any]], tuple[Finding, ...]]:
    """Return what to add to the parameters of each algorithm so that it learns on a device.

    Parameters
    ----------
    algorithms : sequence of str
        Those that may join.
    device : str
        ``"cpu"`` or ``"cuda"``.
    named : bool
        Whether the user has named the algorithms: then each has to learn there.

    Returns
    -------
    tuple of mapping and tuple of Finding
        Algorithm → parameters, and a word about those that learn on the CPU all the same.

    Raises
    ------
    UsageError
        If one that was named, or none at all, can learn there; the message says why.
    """
    if device == "cpu":
        return {}, ()
    refusals = {name: _refusal(name, device) for name in algorithms}
    able = [name for name, reason in refusals.items() if reason is None]
    reasons = {name: reason for name, reason in refusals.items() if reason is not None}
    if (named and reasons) or not able:
        shown = "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if named or "CPU only" not in reason)
        raise UsageError(
            f"Not every algorithm can learn on the device {device!r}: {shown}."
            if able
            else f"No algorithm can learn on the device {device!r}: {shown}.",
            hint="Use device='cpu', or a machine with an NVIDIA GPU and builds of the libraries with CUDA.",
        )
    notes: tuple[Finding, ...] = ()
    if reasons:
        detail = f"On {device!r} learn {', '.join(able)}; the others learn on the CPU."
        notes = (finding("ME131", detail, device=device, refusals=reasons),)
    return {name: {DEVICE: device} for name in able}, notes


def _refusal(algorithm: str, device: str) -> str | None:
    """Return why an algorithm cannot learn on a device; None where it can."""
    spec = get_estimator(algorithm)
    if device not in spec.devices:
        return spec.refusal(device)
    try:
        with turn({DEVICE: device}, time.monotonic() + _TRY_S):
            return spec.refusal(device)
    except NoTurnError:
        # So tiny a fit may run beside that of another process; a fit of this one proves that there is a device.
        return None if _HERE.locked() else spec.refusal(device)


class NoTurnError(DataError):
    """Others kept the device until time was over."""


@contextlib.contextmanager
def turn(params: Mapping[str, Any], until: float | None) -> Iterator[None]:
    """Keep the GPU for one fit of this user, if it learns there.

    Several side by side take longer in all; CatBoost refuses a second one of its process, and wants much of the memory.

    Parameters
    ----------
    params : mapping
        Of the fit.
    until : float, optional
        Value of `time.monotonic` up to which to wait.

    Raises
    ------
    NoTurnError
        If another fit goes on until then.
    DataError
        If nothing can be written to the system's folder for such files.
    """
    if params.get(DEVICE) not in DEVICES[1:]:
        yield
        return
    end = time.monotonic() + _LONG_S if until is None else until
    if not _HERE.acquire(timeout=max(0.0, end - time.monotonic())):
        raise _never_free()
    try:
        try:
            stack = contextlib.ExitStack()
            stack.enter_context(_lock().acquire(max(0.0, end - time.monotonic()), signed=False))
        except BusyError as error:
            raise _never_free() from error
        with stack:
            yield
        time.sleep(_PAUSE_S)
    finally:
        _HERE.release()


def _lock() -> ProjectLock:
    """Return the lock of this user's processes that see the same GPUs."""
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    seen = zlib.crc32(os.environ.get("CUDA_VISIBLE_DEVICES", "").encode())
    return ProjectLock(Path(tempfile.gettempdir()) / f"clew-gpu-{user}-{seen:08x}.lock", "a fit on the GPU")


def _never_free() -> NoTurnError:
    return NoTurnError("Other fits kept the GPU until time was over.", hint="Allow more time.")
