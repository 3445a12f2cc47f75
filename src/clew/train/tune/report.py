"""A tuning as a page: the best combination, its course, what mattered, and every trial."""

from collections.abc import Mapping

from clew.core.excerpt import cut, names
from clew.core.html import SEQUENCE, Html, Section, chart, element, finding_list, join, legend, page, pairs, table
from clew.core.jsonable import finite
from clew.core.readable import number
from clew.core.svg import svg_of
from clew.train.tune import charts
from clew.train.tune.dimension import Values
from clew.train.tune.result import TuneResult
from clew.train.tune.state import TrialState
from clew.train.tune.views import figure_label, importance_bars, overview
from clew.train.views import label_of

#: Slices are drawn for this many parameters, the most important ones, and this many trials are listed.
_SLICES, _LISTED = 12, 500


def tuning_page(result: TuneResult, source: str) -> str:
    """Return the page of a tuning.

    Parameters
    ----------
    result : TuneResult
        The numbers.
    source : str
        Where the rows come from.
    """
    chosen = _telling(result)
    history = chart(
        svg_of(charts.history(result)),
        label=f"{label_of(result.metric)} of each trial, and the best so far",
        caption=_below_history(result),
    )
    sections = [
        Section("best", "Best", _best(result), f"{result.ended[:1].upper()}{result.ended[1:]}; {result.score_from}."),
        Section("history", "History", _wide(history)),
    ]
    if result.goals.several:
        drawn = chart(svg_of(charts.front(result)), label="The first two objectives of each trial")
        sections.append(Section("front", "What none beats", join((_wide(drawn), _front(result))), _FRONT))
    mattered = importance_bars(result)
    if mattered is not None:
        sections.append(Section("importance", "What mattered", mattered, _MATTERED))
    if chosen and sum(trial.state == TrialState.COMPLETE for trial in result.trials) > 1:
        sections += [_parallel(result, chosen), _slices(result, chosen)]
    sections.append(Section("findings", "Findings", finding_list(result.findings)))
    sections.append(Section("space", "Space", _space(result), "What was tuned, and between which bounds."))
    sections.append(Section("trials", "Trials", _trials(result), _listed_words(result)))
    title = f"Tuning of {', '.join(result.pipeline.algorithms)}"
    return page(title, sections, subtitle=f"{source}, by the strategy {result.strategy}")


def _below_history(result: TuneResult) -> str:
    states = [trial.state for trial in result.trials]
    cut = _CUT if states.count(TrialState.COMPLETE) >= charts.ENOUGH_TO_CUT else ""
    return _HISTORY + (_GREY if TrialState.STOPPED in states else "") + cut


_HISTORY = "The line is the best finished trial so far."
_GREY = " Grey: trials that a rule ended early, as far as they came."
_CUT = " The worst tenth of the trials may lie beyond the edge."
_FRONT = "Combinations that no other beats in all objectives; the first objective chose the best of them."
_MATTERED = (
    "Share of the variation of the first objective that each parameter accounts for, alone or with others, among the "
    "finished trials (functional analysis of variance)."
)


def _telling(result: TuneResult) -> list[str]:
    """Return the parameters worth a picture, the most important first."""
    free = list(result.pipeline.space.free)
    ranked = [name for name in result.importances if name in free]
    return [*ranked, *(name for name in free if name not in ranked)][:_SLICES]


def _wide(drawn: Html) -> Html:
    return element("div", drawn, class_="wide")


def _best(result: TuneResult) -> Html:
    parts = [
        overview(result),
        element("h3", "The combination"),
        pairs([(element("code", name), cut(value)) for name, value in result.best.params.items()]),
    ]
    if result.trained is not None:
        score = result.trained.score
        parts.append(
            element(
                "p",
                f"Fitted once more, with another seed, and judged fold by fold: {label_of(result.trained.metric)} "
                f"{number(finite(score.value))} ({number(score.low)} to {number(score.high)} at 95 %, "
                f"{number(score.rows)} rows).",
            )
        )
    return join(parts)


def _front(result: TuneResult) -> Html:
    ordered = sorted(result.front, key=lambda trial: result.goals.losses(trial.figures))
    headers = ("Trial", *(figure_label(goal.name) for goal in result.goals.objectives), "Parameters")
    return table(
        headers,
        (
            (
                str(trial.number),
                *(finite(trial.figures[goal.name]) for goal in result.goals.objectives),
                _spelt(trial.params),
            )
            for trial in ordered
        ),
        caption="Combinations that none beats",
    )


def _parallel(result: TuneResult, chosen: list[str]) -> Section:
    axes = chosen[: charts.MOST_AXES]
    drawn = chart(svg_of(charts.parallel(result, axes)), label="Finished trials as lines across their parameters")
    lead = f"A line per finished trial, the best {charts.MOST_LINES} at most; where dark lines meet, good values lie."
    return Section(
        "parallel", "Together", join((legend(charts.QUARTERS, ranked=True, colours=_LEGEND), _wide(drawn))), lead
    )


#: Colours of the quarters, the best first, as the chart has them.
_LEGEND = tuple(reversed(SEQUENCE))


def _slices(result: TuneResult, chosen: list[str]) -> Section:
    drawn = (
        element("div", chart(svg_of(slice_), label=f"{label_of(result.metric)} over {name}"), class_="card")
        for name, slice_ in charts.slices(result, chosen).items()
    )
    lead = "The first objective of the finished trials over the values of each parameter; the best trial is marked."
    return Section("slices", "One by one", element("div", *drawn, class_="cards"), lead)


def _space(result: TuneResult) -> Html:
    rows = []
    for name, dimension in result.pipeline.space.dimensions.items():
        if isinstance(dimension, Values):
            values: object = names(dimension.values)
            scale = "one value" if len(dimension.values) == 1 else "values"
        else:
            values = f"{number(dimension.low)} to {number(dimension.high)}"
            scale = f"{'whole numbers' if dimension.whole else 'numbers'}, {dimension.scale.value.replace('_', ' ')}"
        when = "; ".join(f"{other} is {' or '.join(map(str, allowed))}" for other, allowed in dimension.when.items())
        rows.append((element("code", name), values, scale, when))
    return table(("Parameter", "Bounds", "Scale", "Only where"), rows, caption="Space")


def _trials(result: TuneResult) -> Html:
    goals = result.goals.objectives
    headers = ("Trial", *(figure_label(goal.name) for goal in goals), "State", "Fit, s", "Parameters")
    rows = (
        (
            str(trial.number),
            *(finite(trial.figures[goal.name]) if goal.name in trial.figures else None for goal in goals),
            _state(trial.state, feasible=trial.feasible),
            round(trial.fit_s, 2),
            _spelt(trial.params),
        )
        for trial in result.ranked[:_LISTED]
    )
    return table(headers, rows, caption="Trials")


def _state(state: str, *, feasible: bool) -> str:
    return "breaks a constraint" if state == TrialState.COMPLETE and not feasible else state


def _spelt(params: Mapping[str, object]) -> Html:
    return names([f"{name}={cut(value, 40)}" for name, value in params.items()], most=20)


def _listed_words(result: TuneResult) -> str:
    total = len(result.trials)
    return f"The best {_LISTED} of {total:,}." if total > _LISTED else f"All {total:,}, the best first."
