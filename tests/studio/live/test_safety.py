"""Who may use the studio, asked as strangers would: over real HTTP and a real websocket."""

import re
from urllib.parse import quote

import httpx
import pytest
from tests.studio.live.places import workspace
from tests.studio.live.running import running_studio
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="
TOKEN = "a-token-for-a-test-of-some-length"  # noqa: S105
#: Everything that a stranger might ask for: a page, an answer, a file, what NiceGUI serves, and the socket by polling.
ADDRESSES = [
    "/",
    "/project/penguins",
    "/project/penguins/data",
    "/api/palette?project=penguins",
    "/files/penguins/reports/profile.html",
    "/_nicegui/3/static/nicegui.js",
    f"{SOCKET}polling",
]


def ask(served, address: str = "/", method: str = "GET", **headers: str) -> httpx.Response:
    """Send a request as it is: no redirect is followed, and no proxy asked."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, f"{served.url}{address}", headers=sent, trust_env=False, timeout=30)


def open_socket(served, origin: str | None, **headers: str) -> str:
    """Open the socket as a browser does and return the first thing it says."""
    address = f"ws://{served.host}{SOCKET}websocket"
    with connect(address, origin=origin, additional_headers=headers, proxy=None, open_timeout=20) as socket:
        return str(socket.recv(timeout=20))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A studio that listens beyond the loopback address, and so asks for a token."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "token").write_text(TOKEN)
    arguments = ("--token-file", str(folder / "token"))
    with running_studio(workspace(folder / "workspace"), folder / "log", *arguments, host="0.0.0.0") as running:  # noqa: S104
        yield running


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost@evil.example", ""]
)
def test_a_foreign_host_is_refused_everywhere(served, address, host):
    answer = ask(served, address, host=host)
    assert answer.status_code == 403
    assert "does not answer to the host" in answer.text
    assert "penguins" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_names_of_this_machine_are_answered(served, host):
    port = served.url.rpartition(":")[2]
    assert ask(served, host=f"{host}:{port}").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "http://localhost", "null", ""])
def test_pages_of_other_sites_are_refused(served, origin):
    for address in ADDRESSES:
        assert ask(served, address, origin=origin).status_code == 403
    refused = ask(served, "/api/uploads?name=rows.csv", "PUT", origin=origin)
    assert refused.status_code == 403
    assert "other sites" in refused.text
    with pytest.raises(InvalidStatus) as caught:
        open_socket(served, origin)
    assert caught.value.response.status_code == 403


def test_a_socket_opens_for_the_studios_own_pages_only(served):
    assert open_socket(served, served.url).startswith("0{")
    with pytest.raises(InvalidStatus):
        open_socket(served, None)
    with pytest.raises(InvalidStatus):
        open_socket(served, "http://evil.example", Host="evil.example")


def test_pages_say_what_browsers_may_do_with_them(served):
    for address in ("/", "/project/penguins", "/api/palette"):
        headers = ask(served, address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in headers


def test_a_report_runs_without_the_studios_origin(served):
    answer = ask(served, "/files/penguins/reports/profile.html")
    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "allow-same-origin" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "../clew.yaml", "%2e%2e%2fclew.yaml", "..%2f..%2fpenguins.csv", "%2fetc%2fpasswd", "profile.html%00.txt",
        "..", "nothing.html", "linked.html",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_reports(served, path):
    outside = served.folder / "secret.html"
    outside.write_text("a secret")
    linked = served.folder / "penguins" / "reports" / "linked.html"
    if not linked.is_symlink():
        linked.symlink_to(outside)
    answer = ask(served, f"/files/penguins/reports/{path}")
    assert "a secret" not in answer.text
    assert "root:" not in answer.text
    assert "species:" not in answer.text
    linked.unlink()


@pytest.mark.parametrize("address", ADDRESSES)
def test_beyond_loopback_nothing_is_shown_without_the_token(guarded, address):
    answer = ask(guarded, address)
    assert answer.status_code == 401
    # The form knows what was asked for, and nothing else.
    assert "penguins" not in answer.text.replace(quote(address, safe=""), "")
    assert ask(guarded, address, authorization="Bearer not-the-token").status_code == 401
    assert ask(guarded, address, cookie="clew_studio=not-the-token").status_code == 401


def test_beyond_loopback_nothing_is_taken_and_no_socket_opened_without_the_token(guarded):
    assert ask(guarded, "/api/uploads?name=rows.csv", "PUT").status_code == 401
    with pytest.raises(InvalidStatus):
        open_socket(guarded, guarded.url)
    with pytest.raises(InvalidStatus):
        open_socket(guarded, guarded.url, Cookie="clew_studio=not-the-token")
    with pytest.raises(InvalidStatus):
        open_socket(guarded, "https://evil.example", Authorization=f"Bearer {TOKEN}")


def test_the_token_is_shown_once_and_kept_where_no_script_reads_it(guarded):
    wrong = ask(guarded, "/?token=not-the-token")
    assert wrong.status_code == 401
    assert "That is not the token" in wrong.text
    shown = ask(guarded, f"/?token={TOKEN}")
    assert shown.status_code == 303
    assert TOKEN not in shown.headers["location"]
    cookie = shown.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict"} <= set(re.split(r"; ?", cookie))
    pair = cookie.partition(";")[0]
    assert ask(guarded, "/project/penguins", cookie=pair).status_code == 200
    assert open_socket(guarded, guarded.url, Cookie=pair).startswith("0{")


def test_the_token_can_be_typed_in_a_form(guarded):
    with httpx.Client(base_url=guarded.url, trust_env=False) as browser:
        asked = browser.get("/")
        assert 'type="password"' in asked.text
        assert browser.post("/login", data={"token": "not-the-token"}).status_code == 401
        assert browser.post("/login", data={"token": TOKEN}).status_code == 303
        assert browser.get("/project/penguins").status_code == 200


def test_a_foreign_page_cannot_log_in_or_use_the_cookie(guarded):
    answer = ask(guarded, "/project/penguins", cookie=f"clew_studio={TOKEN}", origin="https://evil.example")
    assert answer.status_code == 403


def test_beyond_loopback_a_token_is_made_where_none_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with running_studio(tmp_path / "empty", tmp_path / "log", host="0.0.0.0") as served:  # noqa: S104
        told = re.search(r"\?token=([\w-]{40,})", served.said().replace("\n", ""))
        assert told, served.said()
        assert ask(served).status_code == 401
        assert ask(served, f"/?token={told[1]}").status_code == 303


def test_a_deep_link_is_opened_after_the_token_was_shown(guarded):
    answer = ask(guarded, f"/project/penguins/data?token={TOKEN}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/project/penguins/data"


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_nobody_is_led_elsewhere_by_the_form(guarded, after):
    address = f"{guarded.url}/login?after={quote(after, safe='')}"
    answer = httpx.post(address, data={"token": TOKEN}, follow_redirects=False, trust_env=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
