"""What a step changes, beside the rows: figures and distributions before and after."""

import json
from asyncio import to_thread

from nicegui import ui

from clew.core.html import element, join
from clew.core.jsonable import plain
from clew.core.readable import number
from clew.prepare.preview_page import changes, charts
from clew.prepare.step_change import Preview
from clew.studio.widgets.html import html_of

#: Columns whose distributions are drawn; all stand in the table.
_DRAWN = 6
_LONGEST = 4000


async def show_change(seen: Preview) -> None:
    """Show a preview in the current slot.

    Parameters
    ----------
    seen : Preview
        What the step does.
    """
    place = ui.element("div")
    drawn = await to_thread(charts, seen, _DRAWN)
    with place:
        ui.label(_words(seen)).classes("lead")
        html_of(drawn)
        html_of(element("details", element("summary", "Every column that it changes"), changes(seen)))
        if seen.learned:
            spelt = json.dumps(plain(seen.learned), ensure_ascii=False, indent=1)
            shown = spelt if len(spelt) <= _LONGEST else f"{spelt[:_LONGEST]}\n…"
            html_of(element("details", element("summary", "What it learnt"), join((element("pre", shown),))))


def _words(seen: Preview) -> str:
    if seen.rows_in != seen.rows_out:
        rows = f"{number(seen.rows_in)} rows in, {number(seen.rows_out)} out"
    else:
        rows = f"{number(seen.rows_in)} rows"
    marked = f"{len(seen.columns)} column{'' if len(seen.columns) == 1 else 's'} added, changed or removed"
    return f"{rows}; {marked}. Changed cells are marked in the first {number(len(seen.after))} rows."
