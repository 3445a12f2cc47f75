"""How far a project is along the thread, told without reading a row.

`clew run` decides by the content of every source whether a stage must be done again. This is the quick look: what is
stated in clew.yaml, the time at which files were written, and what ran last.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from clew.collect.address import Address
from clew.collect.fetch import find_local
from clew.core.errors import ClewError
from clew.core.jsonable import plain
from clew.core.progress import silent
from clew.project.config import Config
from clew.project.gather import tables_of
from clew.project.project import Project
from clew.project.runner import Stage
from clew.project.sources import Sources
from clew.project.stages import Context, stages_of
from clew.store.runs import Run


class Standing(StrEnum):
    """How a stage stands."""

    DONE = "done"
    OUTDATED = "outdated"
    RUNNING = "running"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NEVER = "not yet"


class _NoContent(Sources):
    """Says nothing about content, so that nothing is read."""

    def content(self, address: Address) -> Any:
        del address


def standing(project: Project) -> dict[str, Standing]:
    """Return how each stage of a project stands, in order.

    Parameters
    ----------
    project : Project
        An open one.

    Raises
    ------
    ConfigError
        If clew.yaml breaks a rule.
    """
    config = project.config
    context = Context(config, project.database, project.tables, silent, sources=_NoContent())
    newest = project.database.runs.newest()
    changed = _last_written(config)
    found: dict[str, Standing] = {}
    for stage in stages_of(config):
        found[stage.name] = _one(stage, context, newest, found, changed)
    return found


def _one(
    stage: Stage[Context],
    context: Context,
    newest: Mapping[str, tuple[Run, Mapping[str, Any]]],
    earlier: Mapping[str, Standing],
    changed: datetime | None,
) -> Standing:
    if stage.name not in newest:
        return Standing.NEVER
    run, began_with = newest[stage.name]
    if run.status == "running":
        return Standing.RUNNING
    if run.status == "interrupted":
        return Standing.INTERRUPTED
    if run.status != "done":
        return Standing.FAILED
    try:
        settings = plain(stage.settings(context))
    except ClewError:
        return Standing.OUTDATED  # what it depends on is gone
    later = any(newest[name][0].id > run.id for name in stage.needs if name in newest)
    stale = any(earlier.get(name) is not Standing.DONE for name in stage.needs if name in earlier)
    if stage.name == "collect" and changed is not None and changed > datetime.fromisoformat(run.started):
        return Standing.OUTDATED
    same = _without_content(began_with.get("settings")) == _without_content(settings)
    return Standing.DONE if same and not later and not stale else Standing.OUTDATED


def _without_content(settings: Any) -> Any:
    """Return settings of a stage without what stands for the content of sources."""
    if not isinstance(settings, Mapping):
        return settings
    kept = dict(settings)
    if isinstance(kept.get("tables"), Mapping):
        kept["tables"] = {name: _address(item) for name, item in kept["tables"].items()}
    if "thresholds" in kept and "data" in kept:
        kept["data"] = _address(kept["data"])
    return kept


def _address(item: Any) -> Any:
    return item[0] if isinstance(item, list) and item else item


def _last_written(config: Config) -> datetime | None:
    """Return when the newest local file that a project reads was written, in UTC."""
    moments: list[float] = []
    try:
        tables = tables_of(config)
        for address in tables.values():
            if address.is_local:
                found = find_local(address)
                logs = Path(found.delta, "_delta_log").iterdir() if found.delta else ()
                places = [*(file.path for file in found.files if file.path is not None), *logs]
                moments.extend(place.stat().st_mtime for place in places)
    except (ClewError, OSError):
        return datetime.max.replace(tzinfo=UTC)  # gone: a run would say so
    return datetime.fromtimestamp(max(moments), UTC) if moments else None
