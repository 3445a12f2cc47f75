"""What engines cannot hold, told before they trip over it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from clew.core.errors import RecipeError

#: Engines that take names which differ in capital letters only for one.
_BLIND_TO_CASE = frozenset({"duckdb", "pyspark"})


def check_names(engine: str, names: Iterable[str]) -> None:
    """Refuse column names that an engine cannot tell apart, or reads as something else.

    Parameters
    ----------
    engine : str
        As `clew.prepare.table.Table.engine` names it.
    names : iterable of str
        Columns of one table.

    Raises
    ------
    RecipeError
        If a name, or a pair of names, cannot be held.
    """
    if engine not in _BLIND_TO_CASE:
        return
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise RecipeError(
                f"{engine} takes the columns {other!r} and {name!r}, which differ in capital letters only, for one.",
                hint="Use a frame of Polars, pandas or pyarrow, or rename one of them.",
            )
        if engine == "pyspark" and ("." in name or "`" in name):
            raise RecipeError(
                f"pyspark reads the dot or backtick in the column name {name!r} as a path into it.",
                hint="Rename the column, or use a frame of Polars, pandas or pyarrow.",
            )


@contextmanager
def words_of(engine: str) -> Iterator[None]:
    """Say what an engine lacks, where an expression uses a word that it does not know.

    Parameters
    ----------
    engine : str
        As `clew.prepare.table.Table.engine` names it.

    Raises
    ------
    RecipeError
        If a word is missing.
    """
    try:
        yield
    except NotImplementedError as error:
        word, unknown, _ = str(error).partition(" is not implemented")
        told = f"it does not know {word}" if unknown else word.strip().partition("\n")[0].rstrip(".")
        if "time zone" in word:
            told = "it tells moments in the time zone of the session only"
        raise RecipeError(
            f"{engine} cannot do what it needs: {told}.", hint="Use a frame of Polars, pandas or pyarrow."
        ) from error
