"""Listening on an address, and ending when told to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from clew.core.errors import UsageError


@contextmanager
def signals_end_the_server_only() -> Iterator[None]:
    """Have SIGINT and SIGTERM end the server and not the process.

    Once it has ended, uvicorn raises them again for whoever handled them before. By default, that ends the process,
    before anything can be said about how it went.
    """
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    host : str
        Address of this machine.
    port : int
        0 takes a free one.

    Raises
    ------
    UsageError
        If the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches off Nagle's algorithm on each connection. Without it, a reply whose head
    # and body go out apart waits for the caller's delayed acknowledgement: 40 ms for each request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"The address {host}:{port} cannot be listened on: {error.strerror or error}.",
            hint="Name another port with --port, or 0 for a free one.",
        ) from error
    listener.listen(2048)
    return listener


def address_of(host: str, listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
