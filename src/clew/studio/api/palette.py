"""What the command palette offers: places and columns, found by typing."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter

from clew.core.errors import ClewError
from clew.studio.studio import Studio
from clew.studio.thread import PLACES, place_address

#: In a wider table only this many columns are offered.
_MOST_COLUMNS = 2000


def router(studio: Studio) -> APIRouter:
    """Return the address of the palette's content."""
    made = APIRouter()

    @made.get("/api/palette")
    def offered(project: str = "") -> dict[str, Any]:
        items = [{"label": "All projects", "kind": "go", "to": "/"}]
        names = studio.workspace.names()
        items += [{"label": name, "kind": "project", "to": f"/project/{quote(name)}"} for name in names]
        if project in names:
            items += [
                {"label": place.title, "kind": "go", "to": place_address(project, place), "note": place.lead}
                for place in PLACES
            ]
            items += _columns(studio, project)
        return {"items": items}

    return made


def _columns(studio: Studio, name: str) -> list[dict[str, str]]:
    try:
        project = studio.workspace.project(name)
        kept = project.datasets()
        known = [item for item in kept if item["name"] == project.config.name]
        columns = known[-1]["columns"] if known else None
    except ClewError:
        return []  # a project that cannot be opened offers its places, which say why
    base = f"/project/{quote(name)}/data?column="
    listed = (columns or [])[:_MOST_COLUMNS]
    return [
        {"label": item["name"], "kind": "column", "to": base + quote(item["name"]), "note": item["kind"]}
        for item in listed
    ]
