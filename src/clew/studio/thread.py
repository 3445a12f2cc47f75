"""The thread: the places of a project in the order of the lifecycle."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a project.

    Parameters
    ----------
    key : str
        Last part of its address; empty for the overview.
    title : str
        What it is called.
    lead : str
        What one does there, in a few words.
    stages : tuple of str
        Stages of a run whose standing it shows.
    shortcut : str
        Letter that leads there after ``g``.
    """

    key: str
    title: str
    lead: str
    stages: tuple[str, ...] = ()
    shortcut: str = ""


#: In the order of the lifecycle.
PLACES = (
    Place("", "Overview", "what needs attention, figures, runs", (), "o"),
    Place("domain", "Define", "the question and what the field knows", ("define",), "f"),
    Place("data", "Data", "sources, versions, rows and columns", ("collect",), "d"),
    Place("explore", "Explore", "what is in the rows", ("explore",), "e"),
    Place("prepare", "Prepare", "the recipe, step by step", ("prepare",), "p"),
    Place("train", "Train", "models compared", ("train",), "t"),
    Place("evaluate", "Evaluate", "how good the model is", ("evaluate",), "v"),
    Place("deploy", "Deploy", "the bundle and its version", ("deploy",), "b"),
    Place("monitor", "Monitor", "what changed later", ("monitor",), "m"),
    Place("jobs", "Jobs", "work that runs and that ended", (), "j"),
)


def place_address(project: str, place: Place | str) -> str:
    """Return the address of a place of a project.

    Parameters
    ----------
    project : str
        Its name.
    place : Place or str
        The place, or its key.
    """
    key = place if isinstance(place, str) else place.key
    return f"/project/{quote(project)}" + (f"/{key}" if key else "")


def report_address(project: str, path: str) -> str:
    """Return the address of a report of a project.

    Parameters
    ----------
    project : str
        Its name.
    path : str
        Of the report, below the project or its name alone.
    """
    return f"/files/{quote(project, safe='')}/reports/{quote(path.rsplit('/', 1)[-1], safe='')}"
