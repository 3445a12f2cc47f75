"""Rows, headers and CSV of the tables that grids show.

Two addresses lead to a table: ``/api/data/PROJECT/DATASET/VERSION`` to a dataset version, which anybody may script
against, and ``/api/grids/NAME`` to one that a page made for a visit. Below either:

- ``POST rows``: ``{start, stop, orders[{column, descending}], filters{column: model}, search, columns, whole}`` →
  ``{rows, total, positions}``; filters are those of AG Grid.
- ``POST headers``: ``{columns}`` → ``{headers[]}``, see `clew.explore.look.Header`.
- ``POST values``: ``{column}`` → ``{values[{value, count}]}``, the most frequent first.
- ``GET csv?asked=JSON&name=FILE``: what ``rows`` would show, all of it, nothing cut.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from clew.core.errors import UsageError
from clew.explore.look import Look
from clew.explore.shown import BRIEF, WHOLE
from clew.explore.view import Order
from clew.studio.api.filters import conditions_of
from clew.studio.studio import Studio

#: This many cells are sent at once.
MOST_CELLS = 200_000
#: A question may have so many bytes.
_LONGEST_BYTES = 1_000_000


_Asked = TypeVar("_Asked", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskedOrder(_Strict):
    """A column to sort by."""

    column: str
    descending: bool = False


class AskedView(_Strict):
    """Which rows, in which order."""

    orders: list[AskedOrder] = []
    filters: dict[str, Any] = {}
    search: Annotated[str, Field(max_length=1000)] = ""
    columns: list[str] | None = None

    def options(self) -> dict[str, Any]:
        """Return what `clew.explore.view.View` takes."""
        return {
            "orders": tuple(Order(order.column, order.descending) for order in self.orders),
            "conditions": conditions_of(self.filters),
            "search": self.search,
            "columns": self.columns,
        }


class AskedRows(AskedView):
    """Which rows of these."""

    start: Annotated[int, Field(ge=0, le=2**53)]
    stop: Annotated[int, Field(ge=0, le=2**53)]
    whole: bool = False


class AskedHeaders(_Strict):
    """Which columns."""

    columns: Annotated[list[str], Field(max_length=200)]


class AskedValues(_Strict):
    """Values of which column."""

    column: str


def router(studio: Studio) -> APIRouter:
    """Return the addresses of rows."""
    made = APIRouter()

    def of_version(project: str, dataset: str, version: str) -> Look:
        if not version.isdecimal():
            raise UsageError(f"{version!r} is no version.", hint="Versions are whole numbers, from 0.")
        return studio.looks.get(project, dataset, int(version))

    def of_grid(grid: str) -> Look:
        return studio.grids.get(grid)

    _serve(made, "/api/data/{project}/{dataset}/{version}", of_version)
    _serve(made, "/api/grids/{grid}", of_grid)
    return made


def _serve(made: APIRouter, base: str, find: Callable[..., Look]) -> None:
    """Add the addresses below one that leads to a table."""

    @made.post(f"{base}/rows")
    async def rows(request: Request) -> Response:
        asked = _read(AskedRows, await _body(request))
        return await run_in_threadpool(lambda: _json(_rows(find(**request.path_params), asked)))

    @made.post(f"{base}/headers")
    async def headers(request: Request) -> Response:
        asked = _read(AskedHeaders, await _body(request))

        def answer() -> Response:
            found = find(**request.path_params).headers(asked.columns)
            return _json({"headers": [header.to_dict() for header in found]})

        return await run_in_threadpool(answer)

    @made.post(f"{base}/values")
    async def values(request: Request) -> Response:
        asked = _read(AskedValues, await _body(request))

        def answer() -> Response:
            listed = find(**request.path_params).values(asked.column)
            return _json({"values": [{"value": value, "count": count} for value, count in listed]})

        return await run_in_threadpool(answer)

    @made.get(f"{base}/csv")
    def csv(request: Request, asked: str = "{}", name: str = "rows.csv") -> Response:
        view = _read(AskedView, asked.encode())
        parts = find(**request.path_params).view.csv(**view.options())
        told = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=told)


def _rows(look: Look, asked: AskedRows) -> dict[str, Any]:
    width = len(look.schema) if asked.columns is None else len(asked.columns)
    if (asked.stop - asked.start) * max(width, 1) > MOST_CELLS:
        raise UsageError(
            f"{asked.stop - asked.start:,} rows of {width:,} columns are too many at once.",
            hint=f"Ask for {MOST_CELLS:,} cells at most, or save the rows as CSV.",
        )
    limits = WHOLE if asked.whole else BRIEF
    return look.view.window(asked.start, asked.stop, limits=limits, **asked.options()).to_dict()


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BYTES:
            raise UsageError(f"The question is longer than {_LONGEST_BYTES:,} bytes.", hint="Ask for less.")
    return body


def _read(kind: type[_Asked], body: bytes) -> _Asked:
    """Read a question; what is wrong with it is said by its place and rule."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "The question"
        raise UsageError(f"{where}: {first['msg']}.", hint="See clew.studio.api.rows for what can be asked.") from None


def _json(answer: dict[str, Any]) -> Response:
    # FastAPI would look into every cell of it first.
    return Response(json.dumps(answer, ensure_ascii=False, allow_nan=False), media_type="application/json")
