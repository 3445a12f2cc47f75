"""The studio's process: one HTTP server over a folder of projects."""

import ipaddress
import shutil
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.core.errors import ClewError, UsageError
from clew.deploy.guard import LOOPBACK, is_loopback, read_token
from clew.deploy.listening import address_of, listen, signals_end_the_server_only
from clew.project.notebook_server import NotebookServers
from clew.project.workspace import Workspace
from clew.studio.app import create_app
from clew.studio.guard import StudioGuard, new_token
from clew.studio.studio import Studio
from clew.studio.uploads import Uploads

#: What is being answered when the studio is told to stop has so long to finish, in seconds.
GRACE_S = 3


def serve(
    root: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    token_file: Path | None = None,
    browser: bool = True,
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Show the projects of a folder in a browser until the process is told to stop (SIGINT, SIGTERM).

    Parameters
    ----------
    root : Path
        A project, or a folder of projects, which may be empty.
    host : str, default "127.0.0.1"
        Address to listen on. Beyond the loopback address everybody must show a token.
    port : int, default 8000
        Port to listen on; 0 takes a free one.
    token_file : Path, optional
        File with that token; by default one is made and said.
    browser : bool, default True
        Whether to open a browser.
    say : callable, optional
        Told once the server listens, with its address.

    Returns
    -------
    dict
        ``address``.

    Raises
    ------
    UsageError
        If the folder, the token file or the address cannot be used.
    ClewError
        If the server cannot start.
    """
    import uvicorn

    if not root.is_dir():
        raise UsageError(f"There is no folder {root}.", hint="Name a project, or a folder for projects.")
    token = read_token(token_file) if token_file is not None else None if is_loopback(host) else new_token()
    listener = listen(host, port)
    address = address_of(host, listener)
    uploads = Path(tempfile.mkdtemp(prefix="clew-uploads-"))
    try:
        with Workspace(root) as workspace, NotebookServers() as notebooks, signals_end_the_server_only():
            studio = Studio(workspace, Uploads(uploads), notebooks=notebooks, local=is_loopback(host))
            guarded = StudioGuard(
                create_app(studio), hosts=LOOPBACK | {host} if is_loopback(host) else None, token=token
            )
            config = uvicorn.Config(
                guarded,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                ws_max_size=16 * 1024**2,
            )
            server = uvicorn.Server(config)
            reached = _reached(address, host)
            opened = reached if token is None or token_file is not None else f"{reached}/?token={token}"
            if say is not None:
                say(f"The studio is at {opened} (Ctrl+C ends it)")
            if browser:
                webbrowser.open(opened)
            server.run(sockets=[listener])
    finally:
        listener.close()
        shutil.rmtree(uploads, ignore_errors=True)
    if not server.started:
        raise ClewError("The studio could not start; its log says why.")
    return {"address": address}


def _reached(address: str, host: str) -> str:
    """Return an address that can be opened: the machine's own name stands for every address that it listens on."""
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:  # a name
        everywhere = False
    return f"http://{socket.gethostname()}:{address.rpartition(':')[2]}" if everywhere else address
