"""Media types of a request and its reply: what came, and what the caller will take."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clew.deploy.errors import RequestError

JSON = "application/json"
CSV = "text/csv"
JSON_LINES = "application/jsonlines"

#: Other spellings that are met for the same thing.
_SAME = {
    "application/x-jsonlines": JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
    "application/csv": CSV,
}
#: In the order of preference where the caller has none.
SUPPORTED = (JSON, CSV, JSON_LINES)
#: Encodings whose decoding is quick and has no side effects; Python knows others that are neither.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"})


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with its parameters.

    Parameters
    ----------
    name : str
        Lower case, e.g. ``"text/csv"``.
    parameters : mapping of str to str
        Lower-case names, values without quotes, e.g. ``{"charset": "utf-8"}``.
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def decode(self, body: bytes) -> str:
        """Turn the body into text, by the parameter `charset` (UTF-8 unless it says otherwise).

        Raises
        ------
        RequestError
            415 if the encoding is not supported, 400 if the bytes are not written in it.
        """
        charset = self.parameters.get("charset", "utf-8").lower()
        if charset not in _CHARSETS:
            raise RequestError(415, f"The charset {charset!r} is not supported.", hint="Send UTF-8.")
        try:
            return body.decode("utf-8-sig" if charset in {"utf-8", "utf8"} else charset)
        except UnicodeDecodeError as error:
            raise RequestError(
                400, f"The body is not valid {charset}: {error.reason} at byte {error.start}.", hint="Send UTF-8."
            ) from None


def parse_media_type(text: str) -> MediaType:
    """Split a media type from its parameters and settle its spelling."""
    name, *rest = (part.strip() for part in text.split(";"))
    parameters = {}
    for item in rest:
        key, _, value = item.partition("=")
        parameters[key.strip().lower()] = value.strip().strip('"')
    name = name.lower()
    return MediaType(_SAME.get(name, name), parameters)


def content_type(header: str | None) -> MediaType:
    """Read the header `Content-Type` of a request for predictions.

    Raises
    ------
    RequestError
        415 if it is missing or of a kind that is not read here.
    """
    media = parse_media_type(header or "")
    if media.name not in SUPPORTED:
        raise RequestError(
            415,
            f"The content type {header!r} is not supported." if header else "The request names no content type.",
            hint=f"Send `Content-Type: {JSON}`, or {CSV} or {JSON_LINES}.",
        )
    return media


def negotiate(accept: str | None) -> str:
    """Choose the media type of the reply by the header `Accept` (RFC 9110, section 12.5.1).

    Parameters
    ----------
    accept : str, optional
        The header; everything is welcome without it.

    Returns
    -------
    str
        One of `SUPPORTED`.

    Raises
    ------
    RequestError
        406 if the caller takes none of them.
    """
    if not accept or accept == "*/*":
        return JSON
    ranges = [parse_media_type(item) for item in accept.split(",") if item.strip()]
    weighted = [(_weight(ranges, name), -place, name) for place, name in enumerate(SUPPORTED)]
    best, _, name = max(weighted)
    if best <= 0:
        raise RequestError(
            406,
            f"No reply can be made as {accept!r}.",
            hint=f"There is {', '.join(SUPPORTED[:-1])} and {SUPPORTED[-1]}.",
        )
    return name


def _weight(ranges: list[MediaType], name: str) -> float:
    """Return how welcome a media type is: the weight of the most specific range that holds it."""
    for pattern in (name, f"{name.partition('/')[0]}/*", "*/*"):
        for candidate in ranges:
            if candidate.name == pattern:
                try:
                    return float(candidate.parameters.get("q", "1"))
                except ValueError:
                    return 0.0
    return 0.0
