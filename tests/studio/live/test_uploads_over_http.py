"""Files that come in over HTTP: what may not be taken is refused in one sentence, with the way out, and not kept."""

import asyncio
import gzip
import socket
from urllib.parse import quote

import httpx
import pytest
from tests.studio.live.places import bomb

from clew.core.errors import UsageError
from clew.studio.uploads import Uploads

ROWS = b"island,mass\nDream,3800\nBiscoe,5000\n"


@pytest.fixture
def send(served):
    """Return a function that sends a file as the page does, under a name that no browser would have to allow."""
    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
        yield lambda name, content=ROWS: client.put(f"/api/uploads?name={quote(name, safe='')}", content=content)


def refused(answer: httpx.Response) -> str:
    """Check that an answer refuses with a sentence and the way out, and return both."""
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert told["error"].endswith(".")
    assert told["hint"]
    assert "Traceback" not in answer.text
    return f"{told['error']} {told['hint']}"


def test_a_table_is_taken_and_proposed(served, send):
    taken = send("rows.csv").json()
    assert taken["name"] == "rows.csv"
    assert taken["size_bytes"] == len(ROWS)
    assert httpx.get(f"{served.url}/new/{taken['id']}", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../rows.csv", "../../etc/cron.d/rows.csv", "..\\rows.csv", "/etc/rows.csv", "C:\\rows.csv", "folder/rows.csv",
        "rows\0.csv", "rows.csv\0.exe", "rows\n.csv", ".rows.csv", ".csv", "..", ".", "", " ", "-rf.csv", "~root.csv",
        "rows.csv/", "a" * 300 + ".csv", "rows:hidden.csv", "\u202ecsv.exe",
    ],
)  # fmt: skip
def test_a_name_that_is_a_path_or_a_trick_is_refused(send, name):
    refused(send(name))


@pytest.mark.parametrize(
    "name", ["rows.exe", "rows.pkl", "rows.html", "rows", "rows.csv.exe", "rows.zip", "rows.xlsx.gz"]
)
def test_an_ending_that_is_no_tables_is_refused(send, name):
    assert "Tables end in" in refused(send(name))


def test_nothing_is_no_table(send):
    assert "'rows.csv' is empty. Choose a file with rows." in refused(send("rows.csv", b""))


def test_no_name_is_told(served):
    answer = httpx.put(f"{served.url}/api/uploads", content=ROWS, trust_env=False)
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text


def test_a_workbook_that_would_fill_the_memory_is_refused(send, tmp_path):
    content = bomb(tmp_path / "bomb.xlsx")
    assert len(content) < 2_000_000
    assert "unpacks to more than" in refused(send("bomb.xlsx", content))


def test_what_is_no_workbook_inside_is_refused_by_its_name(send, served):
    taken = send("rows.xlsx", b"MZ this is a program").json()
    page = httpx.get(f"{served.url}/new/{taken['id']}", trust_env=False)
    assert page.status_code == 200


def test_a_compressed_table_is_taken(send):
    assert send("rows.csv.gz", gzip.compress(ROWS)).status_code == 200


def test_an_upload_that_breaks_off_leaves_nothing(served, send):
    name, _, port = served.host.partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        head = f"PUT /api/uploads?name=half.csv HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + ROWS)
    assert send("rows.csv").status_code == 200


def test_an_upload_is_found_by_nobody_who_guesses(served, send):
    key = send("rows.csv").json()["id"]
    assert len(key) >= 20
    for guess in ("", "..", "1", key[:-1], f"../{key}", "%2e%2e"):
        answer = httpx.get(f"{served.url}/new/{guess}", trust_env=False)
        assert "island" not in answer.text


async def _parts(*parts: bytes):
    for part in parts:
        yield part


def test_a_file_over_the_limit_is_refused_while_it_arrives(tmp_path):
    uploads = Uploads(tmp_path / "uploads", max_bytes=100)
    with pytest.raises(UsageError, match=r"'rows.csv' is larger than 100 B. Hint: Put it into a folder"):
        asyncio.run(uploads.take("rows.csv", _parts(b"x" * 60, b"x" * 60, b"x" * 10**6)))
    assert list((tmp_path / "uploads").iterdir()) == []


def test_what_was_refused_is_not_kept(tmp_path):
    uploads = Uploads(tmp_path / "uploads")
    for name, content in (("rows.csv", b""), ("../rows.csv", ROWS), ("bomb.xlsx", bomb(tmp_path / "bomb.xlsx"))):
        with pytest.raises(UsageError):
            asyncio.run(uploads.take(name, _parts(content)))
    assert not (tmp_path / "uploads").exists() or list((tmp_path / "uploads").iterdir()) == []
