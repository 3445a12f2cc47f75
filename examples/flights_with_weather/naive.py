"""What one would answer without a model: the share of late flights at that airport and hour of the day so far."""

from dataclasses import replace

import numpy as np
import polars as pl

from clew.core.predictions import Predictions

WHAT = "the share of late flights at the airport and hour"


def answer(learn: pl.DataFrame, judge: pl.DataFrame, said: Predictions) -> Predictions:
    """Return the naive answers for the judging rows, in the form of the model's."""
    late = pl.col("late").cast(pl.String).str.to_lowercase() == "true"
    usual = learn.group_by("origin", "hour").agg(share=late.mean())
    overall = float(learn.select(late.mean()).item())
    share = judge.join(usual, on=["origin", "hour"], how="left", maintain_order="left")["share"].fill_null(overall)
    positive = share.to_numpy()
    columns = [positive if label == said.positive else 1 - positive for label in said.classes]
    return replace(said, probabilities=np.column_stack(columns))


def group(judge: pl.DataFrame) -> pl.Series:
    """Return what rows stand or fall together: those of a day, which share the weather."""
    return judge["time_hour"].dt.strftime("%Y-%m-%d")
