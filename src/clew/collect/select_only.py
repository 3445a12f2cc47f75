"""Whether a query only reads.

This is the second wall. The first is the database's own: a read-only transaction or connection, and a transaction that
is always rolled back. The check looks at the words of the query outside of texts, names in quotes and comments; it does
not parse SQL. Dialects differ in what escapes a quote, what else is a quote and what begins a comment, so a query is
read in each of these ways, and must pass them all.
"""

import re
from itertools import product

from clew.core.errors import UsageError

#: A query is one statement that begins with one of these …
_BEGINNINGS = ("SELECT", "WITH")
#: … and has none of these words, with which a statement can write although it begins so.
_WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "INTO"})

#: What MySQL executes looks like a comment: ``/*! … */``.
_COMMENT = r"--[^\n]*|/\*(?!!).*?(?:\*/|\Z)"
_DOLLARS = r"\$(?P<tag>[A-Za-z_]?\w*)\$.*?(?:\$(?P=tag)\$|\Z)"


def _quoted(mark: str, inside: str) -> str:
    return f"{mark}(?:{inside}{mark}{mark}|[^{mark}])*(?:{mark}|\\Z)"


_READINGS = tuple(
    re.compile(
        "|".join([_COMMENT, _DOLLARS, *(_quoted(mark, escapes) for mark in "'\"`"), *brackets, *hashes]), re.DOTALL
    )
    for escapes, brackets, hashes in product(("", r"\\.|"), ([], [r"\[[^\]\n]*\]"]), ([], [r"#[^\n]*"]))
)
_WORD = re.compile(r"[^\W\d]\w*|;")


def check_select(query: str) -> None:
    """Refuse a query that is not one SELECT.

    Parameters
    ----------
    query : str
        SQL of any dialect.

    Raises
    ------
    UsageError
        If it is empty, several statements, or one that may write.
    """
    hint = "Send one SELECT, or WITH … SELECT."
    for reading in _READINGS:
        words = [word.upper() for word in _WORD.findall(reading.sub(" ", query))]
        while words and words[-1] == ";":
            words.pop()
        if not words:
            raise UsageError("The query is empty.", hint="Write it as --query 'SELECT …'.")
        if words[0] not in _BEGINNINGS:
            raise UsageError(f"The query begins with {words[0]!r}, and only reading is allowed.", hint=hint)
        if ";" in words:
            raise UsageError("The query holds several statements, and one is read.", hint=hint)
        writing = next((word for word in words if word in _WRITING), None)
        if writing is not None:
            raise UsageError(
                f"The query holds {writing}, which writes, and only reading is allowed.",
                hint=f"{hint} A name that is such a word stands in double quotes.",
            )
