"""An S3 store on loopback: the same rows as from this machine, and clear words where it does not answer as hoped."""

import socket
import threading

import polars as pl
import pytest
from tests.servers import s3_server

from clew.collect.address import Address
from clew.collect.s3 import store
from clew.collect.source import read, write
from clew.core.errors import DataError, UsageError
from clew.project.sources import Sources

FRAME = pl.DataFrame({"code": ["007", "12", None], "size": [1.5, None, -2.0], "text": ["a, b", "two\nlines", "ü"]})
FORMATS = ("csv", "tsv", "parquet", "json", "jsonl", "arrow", "xlsx")
NAMES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_SESSION_TOKEN",
    "AWS_CA_BUNDLE",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="module")
def rows(server, tmp_path_factory):
    """A folder, of which the bucket `rows` is a copy."""
    folder = tmp_path_factory.mktemp("rows")
    for ending in FORMATS:
        write(FRAME, folder / f"whole.{ending}")
    write(FRAME.head(1), folder / "parts" / "2024-01.csv")
    write(FRAME.tail(2), folder / "parts" / "2024-02.csv")
    (folder / "parts" / "README.md").write_text("About the parts.")
    for year in (2023, 2024):
        write(FRAME, folder / "years" / f"year={year}" / "part.parquet")
    FRAME.write_delta(folder / "delta")
    FRAME.head(1).write_delta(folder / "delta", mode="append")
    server.put(folder, "rows")
    return folder


@pytest.fixture(autouse=True)
def environment(server, tmp_path, monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


PLACES = [f"whole.{ending}" for ending in FORMATS] + ["parts", "parts/", "parts/2024-*.csv", "*/2024-0?.csv", "years", "years/year=*/*.parquet", "delta"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_rows_of_a_store_are_the_rows_of_a_folder(rows, place):
    here, there = read(f"{rows}/{place}"), read(f"s3://rows/{place}")
    assert there.source == f"s3://rows/{place}"
    assert there.frame.equals(here.frame)
    assert there.schema == here.schema
    assert there.fingerprint == here.fingerprint
    assert [note.code for note in there.findings] == [note.code for note in here.findings]


def test_the_file_of_a_row_is_named_below_what_was_asked_for(rows):
    place = "parts/*.csv"
    here, there = (read(f"{root}/{place}", filename_column="file") for root in (rows, "s3://rows"))
    assert there.frame.equals(here.frame)
    assert there.frame["file"].to_list() == ["2024-01.csv", "2024-02.csv", "2024-02.csv"]


def test_address_region_and_keys_may_stand_in_a_profile(server, rows, tmp_path, monkeypatch):
    for name in server.environment:
        monkeypatch.delenv(name)
    (tmp_path / "aws_config_file").write_text(
        f"[profile lab]\nregion = eu-west-1\nservices = here\n[services here]\ns3 =\n  endpoint_url = {server.endpoint}\n"
    )
    (tmp_path / "aws_shared_credentials_file").write_text(
        f"[lab]\naws_access_key_id = {server.key}\naws_secret_access_key = {server.secret}\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert (store().endpoint, store().region) == (server.endpoint, "eu-west-1")
    assert read("s3://rows/whole.csv").frame.equals(read(rows / "whole.csv").frame)
    assert read("s3://rows/delta").frame.equals(read(rows / "delta").frame)


def test_what_changed_in_a_store_is_known_without_reading_it(server, tmp_path):
    folder = tmp_path / "changing"
    write(FRAME, folder / "a.csv")
    write(FRAME, folder / "b.csv")
    FRAME.write_delta(folder / "delta")
    server.put(folder, "changing")
    places = ("s3://changing/a.csv", "s3://changing/*.csv", "s3://changing/delta")
    one, many, table = before = [Sources().content(Address(place)) for place in places]
    assert [Sources().content(Address(place)) for place in places] == before
    # As long as before, and another content.
    write(FRAME.with_columns(code=pl.Series(["008", "12", None])), folder / "a.csv")
    FRAME.write_delta(folder / "delta", mode="append")
    server.put(folder, "changing")
    assert Sources().content(Address(places[0])) != one
    after = Sources().content(Address(places[1]))
    assert (after["a.csv"] != many["a.csv"], after["b.csv"]) == (True, many["b.csv"])
    assert Sources().content(Address(places[2])) != table


REFUSED = [
    ("s3://rows/whole.cvs", "There is no object s3://rows/whole.cvs, nor one below it. Hint: In s3://rows: Did you mean 'whole.csv'?"),
    ("s3://rows/partz/x.csv", "There is no object s3://rows/partz/x.csv, nor one below it. Hint: In s3://rows: Did you mean 'parts'?"),
    ("s3://rows/parts/*.parquet", "No file matches 's3://rows/parts/*.parquet'. Hint: rows/parts holds '2024-01.csv', '2024-02.csv', 'README.md'."),
    ("s3://rowz/whole.csv", "There is no bucket 'rowz' in the S3 store at http"),
    ("s3://rowz/*.csv", "There is no bucket 'rowz'"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "message"), REFUSED, ids=[address for address, _ in REFUSED])
def test_what_is_not_there_is_told(rows, address, message):
    with pytest.raises(DataError) as caught:
        read(address)
    assert message in str(caught.value)


@pytest.mark.parametrize("place", ["whole.csv", "parts", "parts/*.csv", "delta"])
@pytest.mark.parametrize(
    ("name", "value"), [("AWS_SECRET_ACCESS_KEY", "wrong-secret"), ("AWS_ACCESS_KEY_ID", "AKIAWRONG")]
)
def test_wrong_credentials_are_told_and_not_shown(rows, server, monkeypatch, place, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(DataError, match="does not accept the credentials. Hint: Check AWS_ACCESS_KEY_ID") as caught:
        read(f"s3://rows/{place}")
    assert not any(secret in str(caught.value) for secret in (value, server.key, server.secret))


def test_no_credentials_are_told(rows, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(DataError, match="denies access to the bucket 'rows'"):
        read("s3://rows/whole.csv")


def test_credentials_in_an_address_are_refused_unseen():
    with pytest.raises(UsageError, match=r"The address 's3://\*\*\*@rows/whole.csv' holds credentials") as caught:
        read("s3://KEY:SECRET@rows/whole.csv")
    assert "SECRET@" not in str(caught.value)
    with pytest.raises(UsageError, match="names no bucket"):
        read("s3:///whole.csv")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_a_store_that_is_not_there_is_told(monkeypatch, endpoint):
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(DataError, match=f"The S3 store at {endpoint} cannot be reached: could not"):
        read("s3://rows/whole.csv")


@pytest.mark.timeout(25)
def test_a_store_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("clew.collect.s3.ANSWER_TIMEOUT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held = []
        thread = threading.Thread(target=_hold, args=(silent, held), daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(DataError, match="cannot be reached: timeout was reached"):
            read("s3://rows/whole.csv")
        for connection in held:
            connection.close()


def _hold(silent: socket.socket, held: list[socket.socket]) -> None:
    """Take connections and say nothing."""
    try:
        while True:
            held.append(silent.accept()[0])
    except OSError:
        return
