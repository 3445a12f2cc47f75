"""Names for new columns beside those that a table has."""

from collections.abc import Collection


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the one given, with underscores behind it where need be.

    Parameters
    ----------
    name : str
        The name that is wanted.
    taken : collection of str
        Names of the columns that are there.
    """
    while name in taken:
        name += "_"
    return name
