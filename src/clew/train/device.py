"""Which algorithms learn on which device."""

from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.errors import UsageError
from clew.core.finding import Finding
from clew.train.codes import finding
from clew.train.estimators import get_estimator
from clew.train.estimators.vocabulary import DEVICE


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
    refusals = {name: get_estimator(name).refusal(device) for name in algorithms}
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
