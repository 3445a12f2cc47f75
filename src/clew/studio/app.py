"""The studio as an application: the pages, what they fetch, and the files of its looks."""

from functools import partial
from pathlib import Path

import nicegui
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from nicegui import ui

from clew.core.errors import BusyError, ClewError, InputError
from clew.core.version import VERSION
from clew.studio.api import palette, reports, rows, uploads
from clew.studio.assets import MEDIA, asset
from clew.studio.frame import build
from clew.studio.studio import Studio

_HERE = Path(__file__).parent


def create_app(studio: Studio) -> FastAPI:
    """Return the application; the caller puts a guard around it.

    Parameters
    ----------
    studio : Studio
        The projects it shows.
    """
    app = FastAPI(title="Clew studio", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ClewError, _refused)
    for module in (palette, reports, rows, uploads):
        app.include_router(module.router(studio))

    @app.get("/assets/{mark}/{name}")
    def looks(mark: str, name: str) -> Response:
        del mark  # it only makes another content another address
        if name not in MEDIA:
            return JSONResponse({"error": "There is no such file."}, 404)
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(asset(name), media_type=MEDIA[name], headers=headers)

    # Quasar's bar over the page follows every request without saying what it is; what takes long says so in its place.
    nicegui.app.config.quasar_config["loadingBar"]["skipHijack"] = True
    ui.run_with(
        app,
        root=partial(build, studio),
        title="Clew",
        favicon=_HERE / "icon.svg",
        tailwind=False,
        dark=None,
        language="en-US",
        reconnect_timeout=10.0,
        # Nothing is bound by polling: pages change when something happens.
        binding_refresh_interval=None,
        message_history_length=200,
        show_welcome_message=False,
    )
    return app


def _refused(_: Request, error: Exception) -> JSONResponse:
    """Answer what cannot be done with a sentence and the way out."""
    assert isinstance(error, ClewError)  # noqa: S101 - registered for these only
    status = 409 if isinstance(error, BusyError) else 400 if isinstance(error, InputError) else 500
    return JSONResponse({"error": error.message, "hint": error.hint}, status)
