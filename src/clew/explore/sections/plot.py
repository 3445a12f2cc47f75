"""A plot of one or two columns as a part of a page: the picture, what its colours mean, and its figures in words."""

from itertools import pairwise

from clew.core.html import Html, chart, element, join, legend
from clew.core.readable import percent
from clew.explore.pictures import Picture
from clew.explore.plot import Plot
from clew.explore.plots.axes import Scale
from clew.explore.plots.boxes import Boxes
from clew.explore.plots.course import Course
from clew.explore.plots.drawing import (
    SHARE_STEPS,
    colours_of_levels,
    density_steps,
    is_mosaic,
    line_colours,
    plot_chart,
)
from clew.explore.plots.points import Points
from clew.explore.plots.shares import Shares
from clew.explore.sections.correlations import MEASURES, figure


def plot_view(plot: Plot) -> Html:
    """Return the picture with its figures; where nothing can be drawn, why.

    Parameters
    ----------
    plot : Plot
        The numbers.
    """
    if plot.drawn is None:
        return element("p", _nothing(plot), class_="empty")
    return join(
        (
            element("p", strength_words(plot), class_="lead") if plot.y else "",
            chart(plot_chart(plot), label=in_words(plot), caption=caption(plot)),
            _legend(plot),
        )
    )


def _nothing(plot: Plot) -> str:
    if plot.left_out < plot.rows:
        return "There is no chart of such texts."
    if not plot.rows:
        return "The table has no rows."
    return "No row has a value." if plot.y is None else "No row has a value of both columns."


def in_words(plot: Plot) -> str:
    """Say what the picture shows, for people who cannot see it."""
    rows = plot.rows - plot.left_out
    names = plot.x.name if plot.y is None else f"{plot.x.name} and {plot.y.name}"
    kinds = {
        Picture: "Distribution of",
        Points: "Points of",
        Boxes: "Box plots of",
        Shares: "Shares of",
        Course: "Course of",
    }
    return f"{kinds[type(plot.drawn)]} {names}, {rows:,} {'row' if rows == 1 else 'rows'}"


def strength_words(plot: Plot) -> str:
    """Say how the two columns go together, with interval and rows."""
    known = plot.strength
    if known is None:
        return "Too few rows have both, or one of them does not vary: how they go together cannot be measured."
    name = MEASURES[known.measure]
    words = f"{name[0].upper()}{name[1:]} {figure(known.value)}"
    if known.low is not None:
        words += f" (95 % interval {figure(known.low)} to {figure(known.high)})"
    if known.pearson is not None:
        words += f", Pearson's correlation {figure(known.pearson)}"
    drawn = " drawn at random" if known.rows < plot.rows - plot.left_out else ""
    return f"{words}; {known.rows:,} rows{drawn}."


def caption(plot: Plot) -> str:
    """Say which rows are drawn, and how to read what is not plain."""
    words = [_how(plot)]
    if plot.left_out:
        words.append(
            f"{plot.left_out:,} of {plot.rows:,} rows ({percent(plot.left_out / plot.rows)}) are left out: a value is "
            "missing or infinite."
        )
    drawn = plot.drawn
    if isinstance(drawn, Points) and drawn.beyond:
        words.append(f"{drawn.beyond:,} rows lie beyond the frame.")
    return " ".join(word for word in words if word)


def _how(plot: Plot) -> str:
    drawn = plot.drawn
    if isinstance(drawn, Picture):
        return drawn.note
    if isinstance(drawn, Points) and drawn.sampled:
        if plot.target is None:
            return "All rows are counted, in small rectangles."
        return f"Points are {len(drawn.x):,} rows drawn at random (seed {plot.seed}); grey is where all rows lie."
    if isinstance(drawn, Boxes):
        return "Boxes hold the middle half, the line is the median; whiskers reach 1.5 times the box at most."
    if isinstance(drawn, Course):
        per = f"per {drawn.grain}" if " " not in drawn.grain else f"in stretches of {drawn.grain}"
        spread = "the middle half of the rows" if drawn.measure == "median" else "the 95 % interval"
        followed = ""
        if drawn.measure == "share" and len(_labels_of(plot)) > max(len(drawn.lines), 2):
            followed = f" The {len(drawn.lines)} most frequent values are followed."
        return f"One point {per}; the band is {spread}.{followed}"
    return ""


def _labels_of(plot: Plot) -> tuple[str, ...]:
    return plot.x.levels if plot.x.scale is Scale.LABELS else plot.y.levels if plot.y else ()


def _legend(plot: Plot) -> Html:
    drawn, parts = plot.drawn, plot.parts
    if plot.target is not None and len(parts.names) > 1:
        ranked = parts.ranked
        return join((element("p", f"Colours show {plot.target}:", class_="lead"), legend(parts.names, ranked=ranked)))
    if isinstance(drawn, Points) and drawn.cells:
        steps = density_steps(drawn)
        names = [f"{low:,}" if low == high else f"{low:,} to {high:,}" for low, high in steps]
        return legend([f"{name} {'row' if name == '1' else 'rows'}" for name in names], ranked=True)
    if isinstance(drawn, Shares) and plot.y is not None:
        if is_mosaic(plot.y):
            return legend(plot.y.levels, colours=colours_of_levels(plot.y))
        ends = [f"{100 * step:g}" for step in SHARE_STEPS]
        between = [f"{low} to {high} %" for low, high in pairwise(ends[1:])]
        return legend([f"up to {ends[1]} % of the row", *between, f"above {ends[-1]} %"], ranked=True)
    if isinstance(drawn, Course) and drawn.measure == "share":
        shown = plot.x if plot.x.scale is Scale.LABELS else plot.y
        assert shown is not None  # noqa: S101 - shares along time are those of a second column
        return legend([line.name for line in drawn.lines], colours=line_colours(drawn, shown, plot.parts))
    return Html()
