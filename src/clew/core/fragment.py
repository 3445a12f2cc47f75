"""A part of a report for a notebook: the same looks, shut off from the page around it, without scripts."""

import re

from clew.core.looks import stylesheet
from clew.core.markup import element, escape, join

#: Height of a frame in pixels: it starts as high as its content seems to be, and the reader can draw it larger.
_LEAST, _MOST = 64, 640
#: What parts add to the height, in pixels, in a frame as wide as a notebook's cell.
_HEIGHTS: tuple[tuple[str, float], ...] = (
    ("<tr", 31.5),
    ("<caption", 28),
    ('class="scroll', 2),
    ('class="scroll rows"', 24),
    ('class="tiles"', 112),
    ('class="finding ', 102),
    ('class="empty"', 24),
    ('class="lead"', 31),
    ('class="tags"', 32),
    ('class="legend"', 30),
    ('class="fixes"', 330),
    ('class="scores"', 640),
    ("<pre", 44),
    ("<h2", 37),
    ("<h3", 38),
)
#: Lines of lists: of names with values, of figures in two columns, and of bars.
_PAIRS = re.compile(r'<dl class="pairs">.*?</dl>', re.DOTALL)
_FACTS = re.compile(r'<dl class="facts">.*?</dl>', re.DOTALL)
_BARS = re.compile(r'<ul class="bars".*?</ul>', re.DOTALL)
#: A chart is drawn as wide as this, unless two cards stand beside each other.
_DRAWN, _IN_CARD = 480, 350
_VIEW = re.compile(r'<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"')
_CLOSED = re.compile(r"<details>.*?</details>", re.DOTALL)
_STRIPPED = "run this cell, or trust the notebook, to see it."
#: Nothing is loaded and nothing is run, whatever might slip in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def fragment(*parts: object, title: str = "A result of Clew") -> str:
    """Return parts of a report as a frame for a notebook.

    Parameters
    ----------
    *parts : object
        What stands in it, escaped unless `Html`; None is left out.
    title : str
        Name of the frame, for people who cannot see it.

    Returns
    -------
    str
        An ``iframe`` whose document is its own attribute. A frame cannot grow with its content without a script, so it
        is as high as the parts are estimated to be, and scrolls beyond that. It is no `Html`, since marimo shows
        nothing but plain text.
    """
    body = join(part for part in parts if part is not None)
    inner = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title>'
        f'<style>{stylesheet()}</style></head><body class="fragment">{body}</body></html>'
    )
    # A sandbox without "allow-scripts" runs none; of the same origin, it needs no process of its own to be drawn.
    # Programs that strip frames, as Jupyter does in a notebook of somebody else, leave the words in it.
    frame = element(
        "iframe", f"{title}: {_STRIPPED}", srcdoc=inner, sandbox="allow-same-origin", class_="clew", title=title
    )
    look = f"width:100%;height:{_height(body)}px;border:0;border-radius:8px;resize:vertical"
    return str(frame).replace("<iframe", f'<iframe style="{look}"', 1)


def _height(body: str) -> int:
    seen = _CLOSED.sub("<br>", body)
    listed: float = sum(8 + 21 * part.count("<dt") for part in _PAIRS.findall(seen))
    listed += sum(8 + 13 * part.count("<dt") for part in _FACTS.findall(seen))
    listed += sum(40 + 26 * part.count("<li") for part in _BARS.findall(seen))
    for width, height in _VIEW.findall(seen):
        ratio = float(height) / max(float(width), 1.0)
        listed += (_IN_CARD * ratio + 90) / 2 if 'class="card"' in seen else _DRAWN * ratio + 28
    known = sum(height * seen.count(mark) for mark, height in _HEIGHTS)
    return int(min(max(known + listed + 24, _LEAST), _MOST))
