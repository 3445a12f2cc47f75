"""A tuning for a notebook."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clew.core.excerpt import cut, findings, lines, names
from clew.core.html import Html, badge, bars, element, fragment, pairs, tiles
from clew.core.jsonable import finite
from clew.core.readable import number, percent
from clew.train.tune.goals import LATENCY
from clew.train.tune.state import TrialState
from clew.train.views import label_of

if TYPE_CHECKING:
    from clew.train.tune.result import TunedTrial, TuneResult

_TONES: Mapping[str, str] = {TrialState.COMPLETE: "good", TrialState.STOPPED: "quiet", TrialState.FAILED: "error"}


def result_view(result: "TuneResult") -> str:
    """Return the best combination, what it was compared with, and what mattered."""
    return fragment(element("h3", "Tuning"), *result_parts(result), title="Tuning")


def result_parts(result: "TuneResult") -> tuple[Html | None, ...]:
    """Return the figures, the best combination, the importances and the best trials."""
    best, mattered = result.best, importance_bars(result)
    ranked = [trial for trial in result.ranked if trial.state == TrialState.COMPLETE]
    headers = ("Trial", *(figure_label(goal.name) for goal in result.goals.objectives), "Fit, s", "Parameters")
    rows = (
        (
            f"{trial.number}" + ("" if trial.feasible else " (breaks a constraint)"),
            *(finite(trial.figures[goal.name]) for goal in result.goals.objectives),
            round(trial.fit_s, 2),
            names([f"{name}={cut(value, 40)}" for name, value in trial.params.items()]),
        )
        for trial in ranked
    )
    return (
        element("p", f"{result.strategy} over {', '.join(result.pipeline.algorithms)}: {result.ended}.", class_="lead"),
        overview(result),
        pairs([(name, cut(value)) for name, value in best.params.items()]),
        *(() if mattered is None else (element("h4", "What mattered"), mattered)),
        lines(headers, rows, len(ranked), "finished trial", where=".trials"),
        findings(result.findings),
    )


def overview(result: "TuneResult") -> Html:
    """Return the figures at a glance."""
    stopped = sum(trial.state == TrialState.STOPPED for trial in result.trials)
    failed = sum(trial.state == TrialState.FAILED for trial in result.trials)
    said = [f"{stopped} ended early"] * (stopped > 0) + [f"{failed} failed"] * (failed > 0)
    shown: list[tuple[str, object, str]] = [
        (f"Best {label_of(result.metric)}", number(finite(result.score)), f"trial {result.best.number}, chosen for it"),
        ("Trials", number(len(result.trials)), ", ".join(said)),
        ("Fits", number(result.fits), f"{result.found} more from the journal" if result.found else ""),
        ("Seconds", number(round(result.seconds, 1)), ""),
    ]
    if result.nested is not None:
        score = result.nested.score
        shown.insert(
            1,
            (
                f"{label_of(result.nested.metric)} on rows not tuned on",
                number(finite(score.value)),
                f"95 %: {number(score.low)} to {number(score.high)}; {len(result.nested.folds)} outer folds",
            ),
        )
    return tiles(shown)


def importance_bars(result: "TuneResult") -> Html | None:
    """Return how much each parameter accounts for; None where nothing is known of that."""
    if not result.importances:
        return None
    listed = [(element("code", name), share, percent(share)) for name, share in result.importances.items()]
    return bars(listed, label="Importance of each parameter")


def trial_view(trial: "TunedTrial") -> str:
    """Return one combination."""
    shown: list[tuple[str, object]] = [
        ("algorithm", badge(trial.algorithm)),
        ("state", badge(trial.state, _TONES[trial.state])),
    ]
    shown += [(figure_label(name), number(finite(value))) for name, value in trial.figures.items()]
    shown += [("fit", f"{trial.fit_s:.2f} s")]
    shown += [(name, cut(value)) for name, value in trial.params.items()]
    if trial.error:
        shown.append(("failed", cut(trial.error, 400)))
    return fragment(element("h3", f"Trial {trial.number}"), pairs(shown), title=f"Trial {trial.number}")


def figure_label(name: str) -> str:
    """Return what people call an objective."""
    return "One row, ms" if name == LATENCY else label_of(name)
