"""How well two tables fit a relation: keys that find nothing, and keys that would multiply rows."""

from dataclasses import dataclass

from clew.collect.dataset import Dataset
from clew.collect.join import LEFT, RIGHT, check_columns, keys_of, repeated_keys
from clew.define.domain import Relation

#: Rows that are listed at most.
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class RelationCheck:
    """What does not fit.

    Parameters
    ----------
    rows : int
        Rows of the left table.
    missing : int
        Left rows with a missing value in their key; they find nothing.
    unmatched : int
        Left rows whose key is complete and not in the right table.
    unmatched_rows : tuple of int
        Positions of the first of them in the left table.
    right_rows : int
        Rows of the right table.
    repeated : int
        Keys that occur more than once in the right table.
    repeated_rows : tuple of int
        Positions in the right table of the first rows with such a key, the rows of a key together.
    """

    rows: int
    missing: int
    unmatched: int
    unmatched_rows: tuple[int, ...]
    right_rows: int
    repeated: int
    repeated_rows: tuple[int, ...]


def check_relation(left: Dataset, right: Dataset, relation: Relation) -> RelationCheck:
    """Look how well two tables fit a relation, without joining them.

    Parameters
    ----------
    left, right : Dataset
        The tables that `relation` calls left and right. Moments of an as-of relation are left out: a key that is known
        at some moment counts as found, and keys repeat in such a table.
    relation : Relation
        Which columns are the key.

    Raises
    ------
    ConfigError
        If a column of the relation is not there, or it names no key.
    DataError
        If the keys cannot be compared.
    UsageError
        If the relation cannot be joined whatever the rows are.
    """
    check_columns(left, right, relation)
    if not relation.on:
        return RelationCheck(len(left), 0, 0, (), len(right), 0, ())
    mine, theirs = keys_of(left, right, relation)
    names = [name for name in mine.columns if name != LEFT]
    complete = mine.drop_nulls(names)
    unmatched = complete.join(theirs, on=names, how="anti", maintain_order="left")[LEFT]
    repeated, rows = 0, ()
    if relation.as_of is None:
        counts = repeated_keys(theirs.drop_nulls(names), names)
        repeated = counts.height
        first = counts.head(EXAMPLES).join(theirs, on=names, how="inner", maintain_order="left_right")
        rows = tuple(first[RIGHT].head(EXAMPLES).to_list())
    return RelationCheck(
        len(left),
        len(left) - complete.height,
        len(unmatched),
        tuple(unmatched.sort().head(EXAMPLES).to_list()),
        len(right),
        repeated,
        rows,
    )
