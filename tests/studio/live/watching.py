"""A page of a real browser that is watched: nothing on the console, no failed request, nobody else asked."""

import re
from urllib.parse import urlsplit

#: A request that the page itself gave up, because it went elsewhere or the answer was a download.
GIVEN_UP = "net::ERR_ABORTED"


class Watch:
    """What a page did that it should not have done.

    Parameters
    ----------
    page : playwright Page
        The page; it is watched from now on.
    host : str
        Name and port of the only server it may ask.
    """

    def __init__(self, page, host: str) -> None:
        self.host = host
        self.faults: list[str] = []
        self._allowed: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def allow(self, pattern: str) -> None:
        """Expect a fault that a test provokes: those whose line matches a pattern do not count."""
        self._allowed.append(pattern)

    @property
    def complaints(self) -> list[str]:
        """The faults that no test expected."""
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self._allowed)]

    def _console(self, message) -> None:
        if message.type == "error":
            self.faults.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request) -> None:
        if request.failure != GIVEN_UP:
            self.faults.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"answered {response.status}: {response.request.method} {response.url}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != self.host:
            self.faults.append(f"another host: {url}")
