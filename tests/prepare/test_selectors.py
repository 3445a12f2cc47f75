import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.selectors import Columns, literal

SCHEMA = Schema(
    (
        Column("id", "Int64", Kind.NUMERIC, role=Role.ID),
        Column("b", "Float64", Kind.NUMERIC),
        Column("a", "String", Kind.CATEGORICAL),
        Column("all", "Int64", Kind.NUMERIC),
        Column("kind:numeric", "String", Kind.TEXT),
        Column("y", "Float64", Kind.NUMERIC, role=Role.TARGET),
    )
)


def names(columns: object, exclude: object = ()) -> list[str]:
    return [column.name for column in Columns.of(columns, exclude=exclude).resolve(SCHEMA)]


@pytest.mark.parametrize(
    ("columns", "exclude", "expected"),
    [
        ("a", (), ["a"]),
        (["a", "b", "a"], (), ["b", "a"]),
        ("all", (), ["b", "a", "all", "kind:numeric"]),
        ("kind:numeric", (), ["b", "all"]),
        ("kind:datetime", (), []),
        ("role:id", (), ["id"]),
        (["role:target", "a"], (), ["a", "y"]),
        ("all", ["kind:numeric", "a"], ["kind:numeric"]),
        ("all", "a", ["b", "all", "kind:numeric"]),
        (["name:all", "name:kind:numeric"], (), ["all", "kind:numeric"]),
    ],
)
def test_terms_mean_columns_in_the_order_of_the_table(columns: object, exclude: object, expected: list[str]) -> None:
    assert names(columns, exclude) == expected


def test_unknown_names_are_errors_also_among_those_left_out() -> None:
    with pytest.raises(RecipeError, match=r"no column 'bb'.*Did you mean 'b'\?"):
        names(["bb"])
    with pytest.raises(RecipeError, match="no column 'aa'"):
        names("all", ["aa"])


def test_unknown_kinds_and_roles_are_errors() -> None:
    with pytest.raises(ConfigError, match=r"no kind 'numerical'.*Did you mean 'numeric'\?"):
        Columns.of("kind:numerical")
    with pytest.raises(ConfigError, match=r"no role 'key'.*'name:role:key'"):
        Columns.of(["role:key"])


def test_a_name_is_a_text() -> None:
    with pytest.raises(ConfigError, match=r"holds 1;.*Put it in quotes: '1'"):
        Columns.of([1])  # type: ignore[list-item]


@given(st.text(min_size=1))
def test_literal_term_means_the_column_of_that_name(name: str) -> None:
    schema = Schema((Column(name, "Int64", Kind.NUMERIC), Column(name + "2", "Int64", Kind.NUMERIC)))
    assert [column.name for column in Columns.of([literal(name)]).resolve(schema)] == [name]


def test_reads_as_it_is_written() -> None:
    assert str(Columns.of(["a", "b"], exclude="c")) == "a, b except c"
