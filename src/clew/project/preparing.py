"""The two ways in which rows are prepared: held in memory by an engine, or passing by in batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.sink_batches import check_streamed, write_batches
from clew.collect.source import write
from clew.core.errors import UsageError, did_you_mean
from clew.core.progress import Progress
from clew.core.schema import Role
from clew.define.domain import Domain
from clew.explore.stream import judge_file
from clew.prepare.fitted import FittedRecipe
from clew.prepare.on_engine import handed_over, read_back
from clew.prepare.recipe import Recipe
from clew.prepare.streamed import check_file, check_recipe, learn_streamed, transform_streamed

#: The engine whose rows pass by.
STREAMING = "streaming"
#: Engines that do all steps at once, so that none can be timed alone.
AT_ONCE = frozenset({"duckdb", "spark", STREAMING})


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done.

    Parameters
    ----------
    recipe : Recipe or FittedRecipe
        To be fitted on these rows, or fitted already.
    out : Path
        File to write.
    fitted : Path, optional
        Folder that keeps what is learnt.
    target : str, optional
        Target column.
    folder : Path, optional
        Where relative file names of the recipe start.
    seed : int, default 0
        Seed of everything random.
    """

    recipe: Recipe | FittedRecipe
    out: Path
    fitted: Path | None = None
    target: str | None = None
    folder: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Parameters
    ----------
    recipe : FittedRecipe
        What prepared the rows.
    rows_in, rows_out : int
        Rows read and written.
    columns : tuple of str
        Columns written.
    """

    recipe: FittedRecipe
    rows_in: int
    rows_out: int
    columns: tuple[str, ...]


def prepare_in_memory(data: Dataset, work: Work, engine: str) -> Done:
    """Let an engine prepare the rows, and write them.

    Parameters
    ----------
    data : Dataset
        The rows.
    work : Work
        What is to be done.
    engine : str
        One of `clew.prepare.on_engine.ENGINES`.
    """
    data = data if work.target is None else data.with_target(work.target)
    with handed_over(data.frame, data.schema, engine) as rows:
        if isinstance(work.recipe, FittedRecipe):
            learnt, prepared = work.recipe, work.recipe.transform(rows)
        else:
            done = work.recipe.prepare(rows, data.schema, work.target, seed=work.seed, folder=work.folder)
            learnt, prepared = done.recipe, done.frame
        frame = read_back(prepared, engine)
    if learnt is not work.recipe and work.fitted is not None:
        learnt.save(work.fitted)
    write(frame, work.out)
    return Done(learnt, len(data), len(frame), tuple(frame.columns))


def prepare_streaming(data: object, work: Work, domain: Domain | None, progress: Progress) -> Done:
    """Prepare the rows of a file while they pass by.

    Parameters
    ----------
    data : Path
        The file.
    work : Work
        What is to be done.
    domain : Domain, optional
        What the field knows of the columns.
    progress : Progress
        Called with a message and the share that is done.
    """
    path = check_file(data)
    check_streamed(work.out)
    check_recipe(work.recipe)
    if isinstance(work.recipe, FittedRecipe):
        learnt = work.recipe
    else:
        schema = judge_file(path, domain=domain, seed=work.seed, progress=progress)
        if work.target is not None:
            if work.target not in schema:
                raise UsageError(f"There is no column {work.target!r}.", hint=did_you_mean(work.target, schema.names))
            schema = schema.with_facts(work.target, role=Role.TARGET)
        progress("learning what the steps need")
        learnt = learn_streamed(work.recipe, path, schema, seed=work.seed, folder=work.folder)
        if work.fitted is not None:
            learnt.save(work.fitted)
    columns: list[str] = []
    rows = write_batches(_noting(transform_streamed(learnt, path, progress=progress), columns), work.out)
    return Done(learnt, rows, rows, tuple(columns))


def _noting(frames: Iterable[pl.DataFrame], columns: list[str]) -> Iterator[pl.DataFrame]:
    for frame in frames:
        columns[:] = frame.columns
        yield frame
