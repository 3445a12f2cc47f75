"""The card of a column of a table that somebody looks around in."""

from clew.core.html import Html, chart
from clew.explore.charts import render
from clew.explore.look import Look
from clew.explore.pictures import Parts
from clew.explore.sections.card import column_card, in_words


def card_of(look: Look, name: str) -> Html:
    """Return the card of a column: type, chart and figures.

    Parameters
    ----------
    look : Look
        The table.
    name : str
        The column.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    column, header, known = look.column(name), look.header(name), look.statistics(name)
    drawing: Html | None = None
    if header.picture is not None:
        svg = render(header.picture, Parts())
        drawing = chart(svg, label=in_words(column, known), caption=header.picture.note)
    more = [("invalid", f"{header.invalid:,}")] if header.invalid else []
    return column_card(column, known, type_name=header.type.value, drawing=drawing, more=more)
