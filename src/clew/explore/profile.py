"""The verb of exploring: one look at a table, and all that is worth knowing about it."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.batches import open_batches
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.finding import Finding, Severity
from clew.core.progress import Progress, silent
from clew.core.schema import Schema
from clew.define.domain import Domain
from clew.define.problem import Task, infer_task
from clew.explore.associations import Association, associations
from clew.explore.checks.table import Table
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import Comparison, Side
from clew.explore.comparison import compare as compare_sides
from clew.explore.correlations import Correlations, correlations
from clew.explore.details import disguised_missing, text_patterns, timelines, types_of
from clew.explore.insights import Insights, insights
from clew.explore.leakage import leakage
from clew.explore.observed import Observed, observe
from clew.explore.pictures import parts_of, pictures
from clew.explore.principles.scorecard import scorecard
from clew.explore.principles.scores import Scorecard
from clew.explore.profiled import Profiled
from clew.explore.quality import gather, quality
from clew.explore.report import profile_fragment, profile_page
from clew.explore.sampled import of_sample, sampled_findings, with_sample_rows
from clew.explore.statistics import describe
from clew.explore.stream import is_streamed, observe_file
from clew.explore.target_views import target_views
from clew.store.files import place_of_page, write_atomic

_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class Profile(Profiled):
    """All that is known about a table; shows itself in a notebook and saves itself as a page."""

    def save(self, path: str | Path, *, progress: Progress = silent) -> Path:
        """Write the profile as one HTML file that needs nothing else.

        Parameters
        ----------
        path : str or Path
            A file that ends in ``.html``.
        progress : Progress, default silent
            Told the name of each column that is drawn.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UsageError
            If the file would be of another type.
        """
        place = place_of_page(path, "profile")
        write_atomic(place, profile_page(self, progress=progress))
        return place

    def __repr__(self) -> str:
        return f"Profile({self.source!r}, {self.rows} rows, {len(self.columns)} columns, {len(self.findings)} findings)"

    def _repr_html_(self) -> str:
        return profile_fragment(self)


def profile(
    dataset: Any,
    *,
    target: str | None = None,
    domain: Domain | None = None,
    asked_at: str = "0h",
    seed: int = 0,
    compare: Any = None,
    streaming: bool | None = None,
    minimal: bool = False,
    progress: Progress = silent,
) -> Profile:
    """Look at a table: statistics of every column, findings, and what says something about the target.

    Parameters
    ----------
    dataset : Dataset, path or frame
        The rows: anything that `clew.read` takes.
    target : str, optional
        Column to predict; by default the one whose role says so, if any.
    domain : Domain, optional
        What the field knows: facts about columns, and rules for rows.
    asked_at : str, default "0h"
        Moment of the question relative to the row's time; features available only later are found.
    seed : int, default 0
        Seed of the samples, and of the halves by which predictive power is measured.
    compare : Dataset, path or frame, optional
        Another table to put beside this one: what changed in its columns and in their distributions.
    streaming : bool, optional
        Whether the rows of a file pass by in batches instead of being held in memory; by default where they would take
        more than 1 GiB or an eighth of the memory that is free. Statistics are then of all rows, within the errors that
        `clew.explore.statistics` states; what needs rows beside each other is answered by a sample, which the profile
        names.
    minimal : bool, default False
        Whether to leave out what relates columns or rows beyond their repetition: correlations, the closer look, and
        the scorecard, which needs both.
    progress : Progress, default silent
        Told what is going on.

    Returns
    -------
    Profile
        The numbers; `Profile.save` makes a page of them.

    Raises
    ------
    DataError
        If there is no such target, or one that can be neither a label nor a number.
    """
    started = time.perf_counter()
    looking = _share(progress, 0.0, 0.4)
    seen = _observed(dataset, target, domain, seed, streaming, looking, compared=compare is not None)
    frame, schema, statistics = seen.frame, seen.schema, seen.statistics
    types = types_of(frame, schema, statistics)
    task = _task(frame, schema, statistics[schema.target.name] if schema.target else None)
    related: tuple[Association, ...] = ()
    if task and schema.target:
        measuring = _share(progress, 0.4, 0.6)
        related = associations(frame, schema, schema.target.name, task, seed=seed, progress=measuring)
    aside = ThreadPoolExecutor(1)
    together = None if minimal else aside.submit(correlations, frame, schema, statistics, related, seed=seed)
    patterns = aside.submit(text_patterns, seen, seed=seed)
    aside.shutdown(wait=False)
    progress("checking", 0.6)
    rules = domain.rules if domain else ()
    table = Table(frame, schema, statistics, task, related, rules, asked_at)
    own = of_sample(table, seen) if seen.sample else table
    found = sampled_findings(table, own, seen, _checks) if seen.sample else _checks(table, seen.repeated)
    closer = Insights()
    if not minimal:
        closer = insights(own, found, seen.repeated, seed=seed, progress=_share(progress, 0.6, 0.8))
    found.extend(with_sample_rows(item, seen) if seen.sample else item for item in closer.findings)
    disguised = disguised_missing(found, statistics)
    said = {(item.title, item.column) for item in found}
    found.extend(item for item in seen.findings if (item.title, item.column) not in said)
    scores = Scorecard() if minimal else scorecard(table, found, closer, repeated=seen.repeated_rows)
    parts, codes = parts_of(frame, statistics[schema.target.name] if schema.target else None, task)
    drawn = pictures(frame, schema, statistics, codes if task else None, progress=_share(progress, 0.8, 0.95))
    other: Comparison | None = None
    if compare is not None:
        progress("comparing", 0.95)
        other = _compared(Side(seen.source, schema, statistics, types), compare, domain, seed, streaming)
    return Profile(
        source=seen.source,
        schema=schema,
        statistics=statistics,
        findings=tuple(sorted(gather(found), key=_rank)),
        task=task,
        associations=related,
        repeated_rows=seen.repeated_rows,
        repeated_exact=seen.repeated_exact,
        size_bytes=seen.size_bytes,
        parts=parts,
        pictures=drawn,
        insights=closer,
        scorecard=scores,
        types=types,
        patterns=patterns.result(),
        timelines=timelines(seen),
        disguised=disguised,
        unreadable=seen.unreadable,
        missing=seen.missing,
        correlations=together.result() if together else Correlations(),
        views=target_views(frame, schema, statistics, task, related) if task else (),
        comparison=other,
        sample=seen.sample,
        seconds=time.perf_counter() - started,
    )


def _dataset(source: Any, target: str | None, domain: Domain | None) -> Dataset:
    data = read(source, domain=domain)
    if domain and isinstance(source, Dataset):
        data = Dataset.of(data.frame, domain.apply(data.schema), data.source, data.findings)
    return data.with_target(target) if target else data


def _checks(table: Table, repeated: pl.Series) -> list[Finding]:
    return [*quality(table, repeated), *leakage(table)]


def _observed(
    source: Any,
    target: str | None,
    domain: Domain | None,
    seed: int,
    streaming: bool | None,
    progress: Progress,
    *,
    compared: bool,
) -> Observed:
    if is_streamed(source, streaming=streaming):
        return observe_file(Path(source), target=target, domain=domain, seed=seed, progress=progress)
    return observe(_dataset(source, target, domain), mergeable=compared, progress=progress)


def _compared(side: Side, other: Any, domain: Domain | None, seed: int, streaming: bool | None) -> Comparison:
    """Hold another table against this one, its target spelt alike."""
    possible = isinstance(other, str | Path)
    if is_streamed(other, streaming=streaming if possible else None):
        names = open_batches(Path(other)).names
        target = side.schema.target.name if side.schema.target and side.schema.target.name in names else None
        seen = observe_file(Path(other), target=target, domain=domain, seed=seed)
        frame, schema, statistics, source = seen.frame, seen.schema, seen.statistics, seen.source
    else:
        data = _dataset(other, None, domain)
        if side.schema.target and side.schema.target.name in data.schema:
            data = data.with_target(side.schema.target.name)
        frame, schema, source = data.frame, data.schema, data.source
        statistics = describe(frame, schema)
    return compare_sides(side, Side(source, schema, statistics, types_of(frame, schema, statistics)))


def _task(frame: pl.DataFrame, schema: Schema, target: ColumnStatistics | None) -> Task | None:
    """Return the kind of answer; None where there is no target or too little of it, which is a finding."""
    if target is None or (target.distinct is not None and target.distinct < 2):
        return None
    return infer_task(frame[target.name], schema[target.name])


def _rank(finding: Finding) -> tuple[int, str]:
    return _GRAVEST_FIRST.index(finding.severity), finding.code


def _share(progress: Progress, start: float, stop: float) -> Progress:
    """Return a listener whose 0 to 1 is a part of the whole."""

    def told(message: str, done: float | None = None) -> None:
        progress(message, start if done is None else start + done * (stop - start))

    return told
