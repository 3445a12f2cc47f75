"""The reports that a run wrote, each as it is."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from clew.core.errors import UsageError, did_you_mean
from clew.studio.studio import Studio

#: A report may run the scripts that its own policy names; it gets no origin, so that it can ask this server nothing.
_POLICY = "sandbox allow-scripts allow-popups; frame-ancestors 'self'"


def router(studio: Studio) -> APIRouter:
    """Return the address of reports."""
    made = APIRouter()

    @made.get("/files/{project}/reports/{name}")
    def report(project: str, name: str) -> FileResponse:
        folder = studio.workspace.folder(project) / "reports"
        known = sorted(path.name for path in folder.glob("*.html") if path.is_file() and not path.is_symlink())
        if name not in known:
            raise UsageError(f"The project has no report {name!r}.", hint=did_you_mean(name, known))
        headers = {"content-security-policy": _POLICY, "cache-control": "no-cache"}
        return FileResponse(folder / name, media_type="text/html", headers=headers)

    return made
