import pytest

from clew.core.errors import UsageError
from clew.deploy.guard import is_loopback, read_token


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:80", "[::1]:8080", "[::1]"])
def test_a_loopback_name_is_answered(asking, host):
    assert asking()("GET", "/ping", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "", "[", "::1"]
)
def test_a_foreign_name_is_refused(asking, host):
    """DNS rebinding: a page of evil.example has its name point to 127.0.0.1 and asks this server."""
    reply = asking()("GET", "/health", headers={"host": host})
    assert reply.status_code == 403
    assert "host" in reply.json()["error"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000", "http://[", "https://x@y"])
def test_pages_of_other_sites_may_not_ask(asking, origin):
    assert asking()("POST", "/invocations", headers={"origin": origin, "host": "localhost"}).status_code == 403


def test_a_page_of_the_server_itself_may_ask(asking):
    reply = asking()("GET", "/health", headers={"origin": "http://localhost:8080", "host": "localhost:8080"})
    assert reply.status_code == 200


def test_behind_a_proxy_any_name_is_answered(asking):
    assert asking(hosts=None)("GET", "/health", headers={"host": "models.example"}).status_code == 200


TOKEN = "correct-horse-battery"  # noqa: S105 - of a server that lives for a test


@pytest.mark.parametrize(
    "sent", [None, "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", f"Bearer {TOKEN[:-1]}", "Bearer é"]
)
def test_without_the_token_nothing_is_told(asking, sent):
    headers = {} if sent is None else {"authorization": sent.encode("latin-1")}
    ask = asking(token=TOKEN)
    for method, path in (("GET", "/health"), ("POST", "/invocations"), ("GET", "/nothing")):
        reply = ask(method, path, headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"


def test_with_the_token_everything_is_told(asking):
    ask = asking(token=TOKEN)
    assert ask("GET", "/health", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert ask("GET", "/health", headers={"authorization": f"bearer  {TOKEN}"}).status_code == 200


def test_that_it_runs_is_told_to_everybody(asking):
    assert asking(token=TOKEN)("GET", "/ping").status_code == 200


def test_a_token_is_one_long_word(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"\n{TOKEN}\n")
    assert read_token(file) == TOKEN
    for text in ("", "short", "two words of good length", "ünïcödé-ünïcödé-ünïcödé"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match="must be one word"):
            read_token(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_token(tmp_path / "none")


def test_which_addresses_are_loopback():
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.1", "example.org")))  # noqa: S104 - not bound
