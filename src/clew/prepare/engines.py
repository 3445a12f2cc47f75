"""What engines cannot hold, told before they trip over it."""

from collections.abc import Iterable

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
