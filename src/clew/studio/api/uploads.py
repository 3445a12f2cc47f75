"""Taking files in, one a request, its body as it comes."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect

from clew.studio.studio import Studio


def router(studio: Studio) -> APIRouter:
    """Return the addresses of uploads."""
    made = APIRouter()

    @made.put("/api/uploads")
    async def take(request: Request, name: str) -> dict[str, Any]:
        try:
            upload = await studio.uploads.take(name, request.stream())
        except ClientDisconnect:  # nobody is there any more to whom anything could be said; nothing was kept
            return {}
        return {"id": upload.id, "name": upload.name, "size_bytes": upload.size_bytes}

    return made
