"""What stands behind the addresses of a served model: reading a request in bounded time and space, answering it."""

import asyncio
import re
import time
from collections.abc import AsyncIterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from clew.core.errors import InputError, SchemaError, UsageError
from clew.deploy.bundle import Bundle
from clew.deploy.capture import Capture
from clew.deploy.errors import RequestError
from clew.deploy.media import MediaType, content_type, negotiate
from clew.deploy.predictor import Predictor
from clew.deploy.reply import Detail, render
from clew.deploy.request import parse_rows
from clew.train.threads import resolve_cpus

#: Headers by which clients name their requests, the first that is there counts.
_ID_HEADERS = ("x-request-id", "x-amzn-sagemaker-inference-id")
_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes on.

    Parameters
    ----------
    max_body_bytes : int, default 6_291_456
        Largest body; the limit of SageMaker's real-time endpoints.
    read_timeout_s : float, default 30
        A body must have arrived by then.
    answer_timeout_s : float, default 60
        An answer must be there by then; SageMaker waits as long.
    max_waiting : int, default 128
        Requests that may wait for a free core; more are turned away.
    threads : int, optional
        Requests answered at the same time; by default one a core.
    """

    max_body_bytes: int = 6_291_456
    read_timeout_s: float = 30.0
    answer_timeout_s: float = 60.0
    max_waiting: int = 128
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back.

    Parameters
    ----------
    status : int
        200, or 204 where nothing was asked.
    content : bytes
        The body.
    media : str or None
        Its media type.
    headers : mapping
        Further headers.
    """

    status: int
    content: bytes
    media: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a request wants, apart from its body."""

    request_id: str
    content: MediaType
    accept: str
    detail: Detail


class Service:
    """Answers requests with one model.

    Parameters
    ----------
    bundle : Bundle
        The model.
    name : str
        Under which it is served.
    capture : Capture, optional
        Where requests and answers are kept; started and closed with the service.
    limits : Limits
        How much it takes on.
    """

    def __init__(self, bundle: Bundle, *, name: str, capture: Capture | None, limits: Limits) -> None:
        self.bundle, self.name, self.capture, self.limits = bundle, name, capture, limits
        self.predictor = Predictor(bundle.model)
        self._threads = resolve_cpus(limits.threads)
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = self._rows = self._requests = 0
        self._started = 0.0

    def start(self) -> None:
        """Make ready: the first request is not slower than the others."""
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="clew-predict")
        self._warm_up()
        if self.capture is not None:
            self.capture.start()
        self._started = time.monotonic()

    def close(self) -> None:
        """Answer what is being answered, write what is captured, and end."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()
        if self.capture is not None:
            self.capture.close()

    @property
    def ready(self) -> bool:
        """Whether requests are answered."""
        return self._pool is not None

    def health(self) -> dict[str, Any]:
        """Return how the service is, JSON-ready."""
        return {
            "status": "ok" if self.ready else "not ready",
            "name": self.name,
            "model_id": self.bundle.id,
            "task": self.bundle.problem.task.value,
            "features": list(self.predictor.columns.features),
            "requests": self._requests,
            "rows": self._rows,
            "waiting": self._waiting,
            "uptime_s": round(time.monotonic() - self._started, 3) if self.ready else 0.0,
            "capture": self.capture.counts.to_dict() if self.capture is not None else None,
        }

    async def invoke(self, headers: Mapping[str, str], query: Mapping[str, str], body: AsyncIterable[bytes]) -> Reply:
        """Answer a request for predictions.

        Parameters
        ----------
        headers, query : mapping
            Of the request; names of headers in any case.
        body : async iterable of bytes
            As it arrives.

        Raises
        ------
        RequestError
            With the status that docs/reference/http.md states for the case.
        """
        pool = self._pool
        if pool is None:
            raise RequestError(503, "The server is not ready.", headers={"retry-after": "1"})
        request_id = _request_id(headers)
        data = await self._read(headers, body)
        if not data:
            return Reply(204, b"", None, {"x-request-id": request_id})
        content = content_type(headers.get("content-type"))
        wish = _Wish(request_id, content, negotiate(headers.get("accept")), Detail.of(query))
        if self._waiting >= self.limits.max_waiting + self._threads:
            raise RequestError(503, "Too many requests are waiting.", headers={"retry-after": "1"})
        self._waiting += 1
        try:
            work = asyncio.get_running_loop().run_in_executor(pool, self._work, data, wish)
            async with asyncio.timeout(self.limits.answer_timeout_s):
                said, rows = await work
        except TimeoutError:
            raise RequestError(
                504, f"The answer took longer than {self.limits.answer_timeout_s:g} s.", hint="Send fewer rows at once."
            ) from None
        finally:
            self._waiting -= 1
        self._requests += 1
        self._rows += rows
        return Reply(200, said, wish.accept, {"x-request-id": request_id})

    def _work(self, body: bytes, wish: _Wish) -> tuple[bytes, int]:
        records = parse_rows(body, wish.content, self.predictor.columns)
        try:
            answer = self.predictor.answer(records, interval=wish.detail.interval)
        except UsageError as error:
            raise RequestError(400, error.message, hint=error.hint) from error
        except SchemaError as error:
            raise RequestError(422, error.message, hint=error.hint, problems=error.problems) from error
        except InputError as error:
            raise RequestError(422, error.message, hint=error.hint) from error
        if self.capture is not None:
            self.capture.offer(wish.request_id, records, answer)
        return render(answer, wish.accept, wish.detail), len(records)

    async def _read(self, headers: Mapping[str, str], body: AsyncIterable[bytes]) -> bytes:
        """Collect a body, within the limits of size and time."""
        limits = self.limits
        stated = headers.get("content-length", "")
        parts: list[bytes] = []
        size = int(stated) if stated.isdecimal() and len(stated) < 20 else 0
        try:
            async with asyncio.timeout(limits.read_timeout_s):
                if size <= limits.max_body_bytes:
                    size = 0
                    async for part in body:
                        parts.append(part)
                        size += len(part)
                        if size > limits.max_body_bytes:
                            break
        except TimeoutError:
            raise RequestError(
                408, f"The body did not arrive within {limits.read_timeout_s:g} s.", headers={"connection": "close"}
            ) from None
        if size > limits.max_body_bytes:
            raise RequestError(
                413,
                f"The body is larger than {limits.max_body_bytes} bytes.",
                hint="Send fewer rows at once, or use `clew predict`.",
                headers={"connection": "close"},
            )
        return b"".join(parts)

    def _warm_up(self) -> None:
        """Compile the row path with a row of missing values; what such a row lacks does not matter."""
        try:
            self.predictor.answer([dict.fromkeys(self.predictor.columns.features)])
        except InputError:
            return


def _request_id(headers: Mapping[str, str]) -> str:
    for name in _ID_HEADERS:
        given = headers.get(name)
        if given is not None and _ID.fullmatch(given):
            return given
    return uuid4().hex
