"""What DATA names, and that its secrets stay in it."""

from pathlib import Path

import pytest

from clew.collect.address import Address

SECRETS = [
    ("postgresql://al:geheim@host/db", "postgresql://al:***@host/db"),
    ("postgresql+psycopg://al:geheim@host:5432/db?sslmode=require", "postgresql+psycopg://al:***@host:5432/db"),
    ("postgresql://al:ge/he@i:m?geheim@host/db", "postgresql://al:***@host/db"),
    ("postgresql://al:p%40geheim@[::1]:5432/db", "postgresql://al:***@[::1]:5432/db"),
    ("postgresql://host/db?user=al&password=geheim", "postgresql://host/db"),
    ("postgresql://al@host/db?password=a@geheim", "postgresql://al@host/db"),
    ("mssql+pyodbc:///?odbc_connect=DRIVER%3D;PWD%3Dgeheim", "mssql+pyodbc:///"),
    ("postgresql://:geheim@host/db", "postgresql://:***@host/db"),
    ("s3://AKIA:geheim@bucket/key", "s3://***@bucket/key"),
    ("https://al:geheim@host/x.csv", "https://al:***@host/x.csv"),
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_secrets_are_never_shown(text, shown):
    address = Address(text, table="rows")
    assert address.shown == shown
    for spelt in (str(address), repr(address), address.source, address.command, str(address.to_dict()), f"{address}"):
        assert "geheim" not in spelt
    assert "geheim" not in address.portable(Path("/project"))


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("data/flights.csv", "is_local", "flights"),
        ("data/flights.csv.gz", "is_local", "flights"),
        ("data/2024-*.csv", "is_local", "data"),
        ("data/", "is_local", "data"),
        ("s3://bucket/a/flights.parquet", "is_s3", "flights"),
        ("s3://bucket/a/*.parquet", "is_s3", "a"),
        ("postgresql://al:x@host/shop", "is_database", "shop"),
        ("sqlite:///shop.db", "is_database", "shop"),
    ],
)
def test_an_address_knows_its_kind_and_has_a_short_name(text, kind, name):
    address = Address(text)
    assert [item for item in ("is_local", "is_s3", "is_database") if getattr(address, item)] == [kind]
    assert address.name == name
    assert Address(text, table="orders").name == "orders"


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("rows/*.csv", "/project/rows/*.csv"),
        ("/rows/a.csv", "/rows/a.csv"),
        ("sqlite:///shop.db", "sqlite:////project/shop.db"),
        ("duckdb:////data/shop.db?x=1", "duckdb:////data/shop.db?x=1"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("s3://bucket/key", "s3://bucket/key"),
    ],
)
def test_relative_paths_start_at_a_folder(text, moved):
    assert Address(text).at(Path("/project")).text == moved


def test_an_address_that_a_file_keeps_names_a_variable_for_the_password():
    address = Address("postgresql://al:geheim@host/db?sslmode=require&password=geheim", query="SELECT 1")
    assert address.portable(Path("/p")) == "postgresql://al:${CLEW_PASSWORD}@host/db?sslmode=require"
    assert Address("sqlite:////data/shop.db").portable(Path("/data/mine")) == "sqlite:///../shop.db"


def test_words_of_the_next_command_can_be_pasted():
    assert Address("a b/*.csv", filename_column="f").command == "'a b/*.csv' --filename-column f"
    assert Address("sqlite:///a.db", query="SELECT 'x'").command == """sqlite:///a.db --query 'SELECT '"'"'x'"'"''"""
