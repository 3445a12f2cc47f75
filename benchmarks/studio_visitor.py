"""A visitor of the studio without a browser: it speaks NiceGUI's protocol over HTTP and one websocket.

Twenty real browsers do not fit two cores, and what the server does is the same: the page comes with all its elements
as JSON, events go back by the id of their listener, and changes of elements come as messages. ::

    async with Visitor(url) as visitor:
        await visitor.open("/")
        await visitor.go("/p/penguins/data", shows="island")
"""

import ast
import asyncio
import html
import json
import re
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
import socketio

#: Browsers tell the server every three seconds which messages they have.
ACK_S = 3.0
_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_QUERY = re.compile(r"^\s*query: (\{.*\}),$", re.MULTILINE)


class Visitor:
    """One tab of one person.

    Parameters
    ----------
    url : str
        Address of the studio, without a slash at the end.
    headers : dict of str to str, optional
        Sent with every request and with the socket's.
    timeout_s : float, default 60
        How long anything may take.
    """

    def __init__(self, url: str, *, headers: dict[str, str] | None = None, timeout_s: float = 60.0) -> None:
        self.url = url
        self.timeout_s = timeout_s
        self.http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=timeout_s, trust_env=False, follow_redirects=True
        )
        self.elements: dict[str, dict[str, Any]] = {}
        self.notes: list[str] = []
        self.path = ""
        self.client_id = ""
        self._headers = headers or {}
        self._socket = socketio.AsyncClient(reconnection=False)
        self._changed = asyncio.Event()
        self._next_message = 0
        self._acks: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._acks is not None:
            self._acks.cancel()
        await self._socket.disconnect()
        await self.http.aclose()

    async def open(self, path: str = "/") -> httpx.Response:
        """Load a page as an address typed by hand would, and connect its socket.

        Raises
        ------
        httpx.HTTPStatusError
            If the page is not to be had.
        """
        response = await self.http.get(path)
        response.raise_for_status()
        found, query = _ELEMENTS.search(response.text), _QUERY.search(response.text)
        if found is None or query is None:
            raise RuntimeError(f"{path} is no page of NiceGUI as this visitor knows them.")
        self.elements = json.loads(html.unescape(found.group(1)))
        self.path = path
        # NiceGUI writes these few facts as a Python literal, which JavaScript happens to understand.
        await self._connect(ast.literal_eval(query.group(1)))
        return response

    async def _connect(self, query: dict[str, Any]) -> None:
        self.client_id = query["client_id"]
        self._next_message = query["next_message_id"]
        facts = {**query, "document_id": uuid.uuid4(), "tab_id": uuid.uuid4(), "implicit_handshake": "true"}
        for name in ("update", "run_javascript", "notify"):
            self._socket.on(name, getattr(self, f"_on_{name}"))
        for name in ("load_js_components", "open", "download", "try_reconnect"):
            self._socket.on(name, self._count)
        asked = "&".join(f"{name}={value}" for name, value in facts.items())
        # The cookies that came with the page go along, as a browser's do.
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        headers = {**self._headers, "Origin": self.url, **({"Cookie": cookies} if cookies else {})}
        await self._socket.connect(
            f"{self.url}?{asked}",
            socketio_path="/_nicegui_ws/socket.io",
            transports=["websocket"],
            headers=headers,
            wait_timeout=self.timeout_s,
        )
        self._acks = asyncio.create_task(self._acknowledge())

    async def go(self, path: str, *, shows: str = "") -> float:
        """Follow a link inside the studio.

        Parameters
        ----------
        path : str
            Where it leads.
        shows : str, optional
            A text that the new page shows when it is ready.

        Returns
        -------
        float
            Seconds until the address and the text were there.
        """
        started = time.perf_counter()
        self.path = ""
        await self.emit("0", "sub_pages_navigate", path)
        await self.until(lambda: self.path == path and (not shows or self.shows(shows)), f"{path} showing {shows!r}")
        return time.perf_counter() - started

    async def emit(self, element: str, event: str, *args: object) -> None:
        """Send an event of an element to those who listen to it."""
        listeners = [each for each in self.elements[element].get("events", []) if each["type"] == event]
        if not listeners:
            raise LookupError(f"Element {element} has no listener for {event!r}.")
        sent = [json.dumps(arg) for arg in args]
        for listener in listeners:
            facts = {"id": int(element), "client_id": self.client_id, "listener_id": listener["listener_id"]}
            await self._socket.emit("event", {**facts, "args": sent})

    async def click(self, element: str) -> None:
        """Click an element."""
        await self.emit(element, "click", {})

    async def upload(self, name: str, content: bytes, *, element: str | None = None) -> httpx.Response:
        """Send a file to the upload of the page, under a name that no browser would have to allow."""
        found = element or self.find(lambda each: "/upload/" in str(each.get("props", {}).get("url", "")))
        return await self.http.post(self.elements[found]["props"]["url"], files={"file": (name, content)})

    def find(self, wanted: Callable[[dict[str, Any]], bool]) -> str:
        """Return the id of the first element that is wanted."""
        for number, each in self.elements.items():
            if wanted(each):
                return number
        raise LookupError("The page has no such element.")

    def shows(self, text: str) -> bool:
        """Tell whether a text stands in an element of the page."""
        return any(text in json.dumps(each, ensure_ascii=False) for each in self.elements.values())

    async def until(self, wanted: Callable[[], bool], what: str) -> None:
        """Wait until something is so on the page.

        Raises
        ------
        TimeoutError
            If it takes longer than the visitor waits.
        """
        end = time.perf_counter() + self.timeout_s
        while not wanted():
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), end - time.perf_counter())
            except TimeoutError:
                raise TimeoutError(f"{what}: not within {self.timeout_s:g} s") from None

    def _on_update(self, message: dict[str, Any]) -> None:
        for number, element in message.items():
            if number == "_id":
                continue
            if element is None:
                self.elements.pop(number, None)
            else:
                self.elements[number] = element
        self._count(message)

    async def _on_run_javascript(self, message: dict[str, Any]) -> None:
        pushed = re.search(r'const fullPath = \(window\.path_prefix \|\| \'\'\) \+ (".*?");', message["code"])
        if pushed:
            self.path = json.loads(pushed.group(1))
        if message.get("request_id"):
            answer = {"request_id": message["request_id"], "client_id": self.client_id, "result": None}
            await self._socket.emit("javascript_response", answer)
        self._count(message)

    def _on_notify(self, message: dict[str, Any]) -> None:
        self.notes.append(str(message.get("message", "")))
        self._count(message)

    def _count(self, message: dict[str, Any]) -> None:
        self._next_message = max(self._next_message, message.get("_id", -1) + 1)
        self._changed.set()

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_S)
            await self._socket.emit("ack", {"client_id": self.client_id, "next_message_id": self._next_message})
