"""The bar of a job at work, and how long it has been."""

from nicegui import ui

from clew.store.jobs import Job


class Bar:
    """A bar that fills; it moves to and fro where nobody knows how far the work is.

    Parameters
    ----------
    label : str
        What it is the progress of, for those who listen.
    """

    def __init__(self, label: str) -> None:
        self._element = ui.element("progress").classes("job-bar").props("max=1")
        self._element._props["aria-label"] = label  # noqa: SLF001 - props() would parse the text

    def show(self, done: float | None) -> None:
        """Fill a share of it, 0 to 1; None where nobody knows."""
        shown = None if done is None else round(done, 3)
        if self._element._props.get("value") == shown:  # noqa: SLF001 - as above
            return
        if shown is None:
            self._element._props.pop("value", None)  # noqa: SLF001
        else:
            self._element._props["value"] = shown  # noqa: SLF001
        self._element.update()


def took(seconds: float) -> str:
    """Say how long something took, as people do.

    Parameters
    ----------
    seconds : float
        Not negative.
    """
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def share(job: Job) -> str:
    """Say how far a job is; nothing where nobody knows."""
    return "" if job.done is None else f"{job.done:.0%}"
