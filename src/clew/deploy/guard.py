"""Who may ask: hosts, origins and the token, checked before anything else sees a request.

A page of a foreign site can make a browser send requests to this machine, and by rebinding its name to 127.0.0.1 read
the replies. A server on the loopback address therefore answers only requests that call it by a loopback name, and
requests from pages only if the page came from the server itself.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clew.core.errors import UsageError
from clew.deploy.errors import RequestError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Names by which a machine calls itself.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Answered without a token: whoever starts the server must be able to see that it runs.
_OPEN_PATHS = frozenset({"/ping"})
#: A shorter one could be guessed.
_SHORTEST_TOKEN = 16


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on can be reached from this machine only."""
    return host in LOOPBACK or host.startswith("127.")


def read_token(path: Path) -> str:
    """Read the token that callers must send.

    Parameters
    ----------
    path : Path
        A file that holds nothing but the token; white space around it does not count.

    Raises
    ------
    UsageError
        If the file cannot be read, or its content is no token.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The token file {path} cannot be read: {error}.", hint="Name a text file.") from None
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"The token in {path} must be one word of {_SHORTEST_TOKEN} or more ASCII characters.",
            hint='Make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"`.',
        )
    return token


class Guard:
    """ASGI middleware that lets through only those who may ask.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    hosts : collection of str, optional
        Host names, without port, under which the server may be called; None allows any (a reverse proxy checks).
    token : str, optional
        What callers must send as ``Authorization: Bearer …``; None asks for nothing. ``GET /ping`` is exempt.
    """

    def __init__(self, app: App, *, hosts: Collection[str] | None, token: str | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self.token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
            refusal = self._refuse(headers, scope["path"])
            if refusal is not None:
                await _send(send, refusal)
                return
        await self.app(scope, receive, send)

    def _refuse(self, headers: dict[bytes, bytes], path: str) -> RequestError | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if self.hosts is not None:
            if host_name(host) not in self.hosts:
                return RequestError(
                    403,
                    f"This server does not answer to the host {host!r}.",
                    hint="Call it by the address it listens on.",
                )
            origin = headers.get(b"origin")
            if origin is not None and authority(origin.decode("latin-1")) != host.lower():
                return RequestError(
                    403, "Pages of other sites may not ask this server.", hint="Ask from a program instead."
                )
        if self.token is not None and path not in _OPEN_PATHS:
            scheme, _, sent = headers.get(b"authorization", b"").partition(b" ")
            # Comparing takes the same time wherever the first difference is.
            if scheme.lower() != b"bearer" or not hmac.compare_digest(sent.strip(), self.token):
                return RequestError(
                    401,
                    "The request has no valid token.",
                    hint="Send the header `Authorization: Bearer TOKEN`.",
                    headers={"www-authenticate": "Bearer"},
                )
        return None


_READ_HEADERS = frozenset({b"host", b"origin", b"authorization"})


def host_name(host: str) -> str | None:
    """Return the name of a `Host` header without its port; None if it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def authority(origin: str) -> str | None:
    """Return host and port of an `Origin` header; None if it is malformed."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


async def _send(send: Send, refusal: RequestError) -> None:
    body = json.dumps(refusal.to_dict(), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
