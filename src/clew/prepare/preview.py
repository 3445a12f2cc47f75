"""What a step does, seen before it is used: rows and distributions before and after."""

from pathlib import Path
from typing import Any

from clew.collect.source import read
from clew.prepare.bench import SAMPLE_ROWS, Bench
from clew.prepare.recipe import Recipe
from clew.prepare.step_change import Preview

__all__ = ["SAMPLE_ROWS", "Preview", "preview"]


def preview(
    recipe: Recipe,
    data: Any,
    target: str | None = None,
    *,
    step: int | None = None,
    rows: int = 10,
    seed: int = 0,
    folder: Path | None = None,
) -> Preview:
    """Show what a step of a recipe does to training rows, without keeping anything.

    Parameters
    ----------
    recipe : Recipe
        The steps; those after the one in question do not matter.
    data : frame, Dataset or path
        Training rows. Of more than `SAMPLE_ROWS` a sample is taken, which the result says.
    target : str, optional
        The target column, by default the one with that role.
    step : int, optional
        Position of the step, from 1; by default the last.
    rows : int, default 10
        Rows to show.
    seed : int, default 0
        Seed of the sample and of all random choices.
    folder : Path, optional
        Where relative file names of the recipe start; by default the working folder.

    Raises
    ------
    UsageError
        If there is no such step.
    RecipeError
        If a step up to this one cannot do its work.
    """
    dataset = read(data)
    dataset = dataset if target is None else dataset.with_target(target)
    bench = Bench(dataset, seed=seed, rows=SAMPLE_ROWS, folder=folder)
    return bench.preview(recipe, len(recipe.steps) if step is None else step, rows)
