"""A served model: the HTTP application, and the process that runs it; see docs/reference/http.md."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.core.errors import ClewError
from clew.deploy.bundle import Bundle
from clew.deploy.capture import Capture, CaptureSpec
from clew.deploy.errors import RequestError
from clew.deploy.guard import LOOPBACK, Guard, is_loopback, read_token
from clew.deploy.listening import address_of, listen, signals_end_the_server_only
from clew.deploy.service import Limits, Service

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

#: Requests that are being answered when the server is told to stop have so long to finish; SageMaker kills after 30 s.
GRACE_S = 25


def create_app(
    bundle: Bundle,
    *,
    name: str,
    capture: Capture | None = None,
    token: str | None = None,
    max_body_bytes: int = 6_291_456,
    hosts: Collection[str] | None = LOOPBACK,
    limits: Limits | None = None,
) -> "FastAPI":
    """Return the application that serves a model.

    Parameters
    ----------
    bundle : Bundle
        The model.
    name : str
        Under which it is served.
    capture : Capture, optional
        Where requests and answers are kept; the application starts and closes it.
    token : str, optional
        What callers must send as ``Authorization: Bearer …``, save for ``GET /ping``.
    max_body_bytes : int, default 6_291_456
        Largest body of a request.
    hosts : collection of str, optional
        Host names under which it may be called, by default those of the loopback; None allows any.
    limits : Limits, optional
        How much it takes on; `max_body_bytes` counts in any case.

    Returns
    -------
    fastapi.FastAPI
        It keeps no global state: several may run in one process.
    """
    from fastapi import FastAPI, Request, Response
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect

    service = Service(
        bundle, name=name, capture=capture, limits=replace(limits or Limits(), max_body_bytes=max_body_bytes)
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            service.close()

    app = FastAPI(title=name, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.service = service
    app.add_middleware(Guard, hosts=hosts, token=token)

    async def ping(_request: Request) -> Response:
        return _json({"status": "ok"} if service.ready else {"error": "not ready"}, 200 if service.ready else 503)

    async def health(_request: Request) -> Response:
        return _json(service.health(), 200 if service.ready else 503)

    async def invocations(request: Request) -> Response:
        try:
            reply = await service.invoke(request.headers, request.query_params, request.stream())
        except ClientDisconnect:
            raise RequestError(400, "The caller left before the body had arrived.") from None
        return Response(reply.content, reply.status, dict(reply.headers), reply.media)

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestError)  # noqa: S101 - it is registered for nothing else
        return _json(error.to_dict(), error.status, error.headers)

    async def not_there(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
        message = (
            f"{request.method} {request.url.path}: {error.detail}. There is POST /invocations, GET /ping, /health."
        )
        return _json({"error": message}, error.status_code, error.headers)

    async def failed(request: Request, _error: Exception) -> Response:
        # The framework raises the error again once this is sent, and the server writes it to its log.
        return _json({"error": f"Clew failed to answer {request.url.path}; the server's log says why."}, 500)

    # Plain routes: nothing is asked of the framework here that would be worth its inspection of each request.
    app.add_route("/ping", ping, methods=["GET"])
    app.add_route("/health", health, methods=["GET"])
    app.add_route("/invocations", invocations, methods=["POST"])
    app.add_exception_handler(RequestError, refused)
    app.add_exception_handler(HTTPException, not_there)
    app.add_exception_handler(Exception, failed)
    return app


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> "Response":
    from fastapi import Response

    content = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return Response(content, status, headers=dict(headers or {}), media_type="application/json")


def serve(
    bundle: Bundle,
    *,
    name: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    capture: Path | None = None,
    capture_spec: CaptureSpec | None = None,
    token_file: Path | None = None,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Serve a model until the process is told to stop (SIGINT, SIGTERM).

    Requests that are being answered then are finished, and what is captured is written.

    Parameters
    ----------
    bundle : Bundle
        The model.
    name : str, optional
        Under which it is served; by default the name of the bundle's folder.
    host : str, default "127.0.0.1"
        Address to listen on. On a loopback address only callers that use a loopback name are answered.
    port : int, default 8080
        Port to listen on; 0 takes a free one.
    capture : Path, optional
        Delta table in which requests and answers are kept.
    capture_spec : CaptureSpec, optional
        How they are kept.
    token_file : Path, optional
        File with the token that callers must send.
    limits : Limits, optional
        How much the server takes on.
    say : callable, optional
        Told once the server listens, with its address.

    Returns
    -------
    dict
        ``address``, and after the end ``requests``, ``rows`` and ``capture``.

    Raises
    ------
    UsageError
        If the token file or the address cannot be used.
    ClewError
        If the server cannot start.
    """
    import uvicorn

    limits = limits or Limits()
    token = read_token(token_file) if token_file is not None else None
    kept = Capture.of(bundle, capture, capture_spec) if capture is not None else None
    app = create_app(
        bundle,
        name=name or bundle.path.stem,
        capture=kept,
        token=token,
        max_body_bytes=limits.max_body_bytes,
        hosts=LOOPBACK | {host} if is_loopback(host) else None,
        limits=limits,
    )
    listener = listen(host, port)
    address = address_of(host, listener)
    if say is not None:
        say(f"Serving {name or bundle.path.stem} on {address}")
        if token is None and not is_loopback(host):
            say("Anybody who can reach this address can ask the model: there is no --token-file.")
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S
    )
    server = uvicorn.Server(config)
    try:
        with signals_end_the_server_only():
            server.run(sockets=[listener])
    finally:
        listener.close()
    if not server.started:
        raise ClewError("The server could not start; its log says why.")
    final = app.state.service.health()
    return {"address": address, **{key: final[key] for key in ("requests", "rows", "capture")}}
