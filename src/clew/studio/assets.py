"""The files of the studio's looks, under addresses that change with their content."""

from hashlib import sha256
from pathlib import Path

from clew.core.html import stylesheet

_HERE = Path(__file__).parent
#: Name → media type.
MEDIA = {
    "report.css": "text/css",
    "studio.css": "text/css",
    "studio.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def asset(name: str) -> bytes:
    """Return the content of a file of `MEDIA`."""
    return stylesheet().encode() if name == "report.css" else (_HERE / name).read_bytes()


def asset_address(name: str) -> str:
    """Return the address of a file, which is another one as soon as its content is."""
    return f"/assets/{sha256(asset(name)).hexdigest()[:16]}/{name}"
