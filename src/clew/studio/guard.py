"""Who may use the studio: hosts, origins and the token, checked before anything else sees a connection.

The same rules as for a served model (`clew.deploy.guard`), for browsers: a page of a foreign site must neither send
requests nor open a socket here, and beyond the loopback address a person shows the token once and is known by a cookie
from then on, which no script can read and no foreign site can send.
"""

import hmac
import json
import secrets
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from clew.core.html import element, stylesheet
from clew.core.markup import Html
from clew.deploy.guard import App, Receive, Scope, Send, authority, host_name

#: Name of the cookie that holds the token, before the port: a browser keeps one jar for all ports of a host.
COOKIE = "clew_studio"
#: Where the token is sent.
_LOGIN = "/login"
_LONGEST_FORM_BYTES = 4096
_SHOW = "Show the token first: open the address that `clew studio` printed."
#: What a browser may do with a page of the studio: scripts and sockets of its own, nothing from elsewhere. NiceGUI
#: compiles its templates in the browser, which asks for 'unsafe-eval'.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(32)


class StudioGuard:
    """ASGI middleware that lets through only those who may use the studio.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    hosts : collection of str, optional
        Host names, without port, under which the studio may be called; None allows any.
    token : str, optional
        What a person must have shown; None asks for nothing.
    """

    def __init__(self, app: App, *, hosts: Collection[str] | None, token: str | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self.token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._foreign(scope, headers)
        if refusal is not None:
            await _refuse(scope, send, 403, refusal)
        elif self.token is None or self._knows(headers):
            await self.app(scope, receive, _with_headers(send, scope))
        elif scope["type"] == "http" and scope["path"] == _LOGIN and scope["method"] == "POST":
            await self._login(await _form(receive), send, headers, _after_login(scope))
        elif scope["type"] == "http" and scope["method"] == "GET":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if given:
                await self._login(given, send, headers, scope["path"])
            elif scope["path"].startswith("/api/"):
                await _refuse(scope, send, 401, _SHOW)
            else:
                await _page(send, 401, _ask(after=scope["path"]))
        else:
            await _refuse(scope, send, 401, _SHOW)

    def _foreign(self, scope: Scope, headers: dict[bytes, bytes]) -> str | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if self.hosts is not None and host_name(host) not in self.hosts:
            return f"The studio does not answer to the host {host!r}. Call it by the address it listens on."
        origin = headers.get(b"origin")
        if origin is not None and authority(origin.decode("latin-1")) != host.lower():
            return "Pages of other sites may not use the studio."
        if scope["type"] == "websocket" and origin is None:
            return "A socket needs an origin, which browsers always send."
        return None

    def _knows(self, headers: dict[bytes, bytes]) -> bool:
        assert self.token is not None  # noqa: S101 - only asked where there is one
        scheme, _, sent = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(sent.strip(), self.token):
            return True
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return False
        name = _cookie_name(headers)
        return name in cookies and hmac.compare_digest(cookies[name].value.encode("latin-1"), self.token)

    async def _login(self, given: str, send: Send, headers: dict[bytes, bytes], after: str) -> None:
        assert self.token is not None  # noqa: S101 - only asked where there is one
        if not hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token):
            await _page(send, 401, _ask("That is not the token.", after=after))
            return
        cookie = f"{_cookie_name(headers)}={self.token.decode()}; Path=/; HttpOnly; SameSite=Strict"
        place = quote(after if _is_place(after) else "/")
        answer = [(b"location", place.encode()), (b"set-cookie", cookie.encode()), (b"content-length", b"0"), *_HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": answer})
        await send({"type": "http.response.body", "body": b""})


def _cookie_name(headers: dict[bytes, bytes]) -> str:
    """Return the name of the cookie of the studio at this port."""
    port = headers.get(b"host", b"").decode("latin-1").rpartition(":")[2]
    return f"{COOKIE}_{port}" if port.isdecimal() else COOKIE


def _after_login(scope: Scope) -> str:
    """Return the page that was asked for before the token was."""
    return str(parse_qs(scope["query_string"].decode("latin-1")).get("after", ["/"])[0])


def _is_place(path: str) -> bool:
    """Tell whether a path is one of this server: `//host` and its like lead elsewhere."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def _with_headers(send: Send, scope: Scope) -> Send:
    """Add the headers that every page carries, unless it has stricter ones of its own."""
    if scope["type"] != "http":
        return send

    async def sending(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            present = message.get("headers") or []
            assert isinstance(present, list)  # noqa: S101 - ASGI says so
            names = {name.lower() for name, _ in present}
            message["headers"] = [*present, *(item for item in _HEADERS if item[0] not in names)]
        await send(message)

    return sending  # type: ignore[return-value]


async def _form(receive: Receive) -> str:
    body = b""
    while len(body) <= _LONGEST_FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return parse_qs(body[:_LONGEST_FORM_BYTES].decode("utf-8", "replace")).get("token", [""])[0]


async def _refuse(scope: Scope, send: Send, status: int, message: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": message[:120]})
        return
    if scope["path"].startswith("/api/"):
        body = json.dumps({"error": message}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *_HEADERS]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await _page(send, status, _shell(element("h1", "Not here"), element("p", message)))


async def _page(send: Send, status: int, page: Html) -> None:
    body = page.encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _ask(problem: str = "", *, after: str = "/") -> Html:
    field = Html('<input name="token" type="password" id="token" autocomplete="off" autofocus required>')
    form = element(
        "form",
        element("label", "Token", for_="token"),
        field,
        element("button", "Open the studio", type="submit"),
        method="post",
        action=f"{_LOGIN}?after={quote(after, safe='')}",
    )
    told = element("p", problem or "Whoever started the studio has its token: `clew studio` printed it.", class_="lead")
    return _shell(element("h1", "Clew studio"), told, form)


def _shell(*parts: object) -> Html:
    style = Html(f"<style>{stylesheet()} body {{ display: grid; place-items: center; min-height: 100vh; }}</style>")
    head = [Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')]
    whole = element("html", element("head", *head, element("title", "Clew"), style), element("main", *parts), lang="en")
    return Html(f"<!doctype html>{whole}")
