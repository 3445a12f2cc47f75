"""The studio as an application: the pages, what they fetch, and the files of its looks."""

from functools import partial
from pathlib import Path

import nicegui
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from nicegui import ui

from clew.core.errors import BusyError, ClewError, InputError
from clew.core.html import stylesheet
from clew.core.version import VERSION
from clew.studio.api import palette, reports, rows, uploads
from clew.studio.frame import build
from clew.studio.studio import Studio

_HERE = Path(__file__).parent
#: Files of the studio's looks, and what they are.
_ASSETS = {"studio.css": "text/css", "studio.js": "text/javascript", "icon.svg": "image/svg+xml"}


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

    @app.get("/assets/{version}/{name}")
    def asset(version: str, name: str) -> Response:
        del version  # it only makes a new version a new address
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        if name == "report.css":
            return Response(stylesheet(), media_type="text/css", headers=headers)
        if name not in _ASSETS:
            return JSONResponse({"error": "There is no such file."}, 404)
        return FileResponse(_HERE / name, media_type=_ASSETS[name], headers=headers)

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
