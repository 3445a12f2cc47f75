"""The looks of reports, of what notebooks show, and of the studio."""

from importlib.resources import files


def stylesheet() -> str:
    """Return the looks of reports: the design tokens, and the parts of a page drawn with them."""
    own = files("clew.core")
    return "".join(own.joinpath(name).read_text("utf-8") for name in ("tokens.css", "report.css"))
