"""Every result of the Python API shows itself in a notebook: briefly, safely, quickly, and from nothing but itself."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import clew
from clew.collect.dataset import Dataset
from clew.core.finding import Finding, Severity
from clew.core.predictions import Predictions
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.domain import Domain
from clew.define.problem import Problem, Task
from clew.deploy.bundle import Bundle, inspect
from clew.deploy.manifest import Manifest
from clew.evaluation.calibration import Calibration
from clew.evaluation.confusion import Confusion
from clew.evaluation.curves import Curves
from clew.evaluation.importance import Importance
from clew.evaluation.residuals import Residuals, residuals
from clew.evaluation.result import Evaluation
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import Comparison
from clew.explore.correlations import Correlations
from clew.explore.insights import Insights
from clew.explore.principles.scores import Scorecard
from clew.explore.profile import Profile
from clew.explore.statistics import TableStatistics, describe
from clew.monitor.monitor import monitor
from clew.monitor.report import MonitorReport
from clew.prepare.fitted import FittedRecipe
from clew.prepare.preview import Preview, preview
from clew.prepare.recipe import Prepared, Recipe
from clew.prepare.suggest import Suggestion, suggest
from clew.project.init import init_project
from clew.project.learning import Learning, learning_rows
from clew.project.project import Project, ProjectRun
from clew.project.runner import StageOutcome
from clew.store.compare import TableDiff, compare
from clew.train.anomaly.anomaly_detector import AnomalyDetector
from clew.train.anomaly.result import AnomalyResult
from clew.train.associate.estimator import AssociationRules
from clew.train.associate.result import Associations
from clew.train.cluster.clusterer import Clusterer
from clew.train.cluster.result import ClusterResult
from clew.train.estimator import AutoClassifier, AutoRegressor
from clew.train.model import FittedModel, RowPrediction
from clew.train.reduce.reducer import Reducer
from clew.train.reduce.result import ReduceResult
from clew.train.result import LeaderboardRow, TrainResult
from clew.train.tune.result import TunedTrial, TuneResult

#: What a hostile table is called, named and filled with.
EVIL = "<script>alert(1)</script>"
#: Every class that a caller of the Python API gets to see, and what an instance of it must name.
SHOWN: dict[type, str] = {
    AnomalyDetector: EVIL,
    AnomalyResult: EVIL,
    AssociationRules: EVIL,
    Associations: EVIL,
    AutoClassifier: "AutoClassifier",
    AutoRegressor: "AutoRegressor",
    Bundle: "Bundle",
    Calibration: "Expected calibration error",
    ClusterResult: EVIL,
    Clusterer: EVIL,
    Column: EVIL,
    ColumnStatistics: EVIL,
    Comparison: EVIL,
    Confusion: EVIL,
    Correlations: EVIL,
    Curves: "Precision-recall",
    Dataset: EVIL,
    Domain: EVIL,
    Evaluation: EVIL,
    Finding: EVIL,
    FittedModel: EVIL,
    FittedRecipe: EVIL,
    Importance: "word <script>alert",
    Insights: "A closer look",
    Learning: EVIL,
    LeaderboardRow: "linear",
    Manifest: EVIL,
    MonitorReport: EVIL,
    Predictions: EVIL,
    Prepared: EVIL,
    Preview: EVIL,
    Problem: EVIL,
    Profile: EVIL,
    Project: EVIL,
    ProjectRun: "evaluate",
    Recipe: EVIL,
    ReduceResult: EVIL,
    Reducer: EVIL,
    Residuals: "Mean residual",
    RowPrediction: "onerror=alert(1)",
    Schema: EVIL,
    Scorecard: "Relevance",
    StageOutcome: "learning rows",
    Suggestion: EVIL,
    TableDiff: EVIL,
    TableStatistics: EVIL,
    TrainResult: EVIL,
    TuneResult: "alpha",
    TunedTrial: "alpha",
}


def hostile(rows: int = 300) -> pl.DataFrame:
    """Return rows whose names, texts and labels are markup."""
    random = np.random.default_rng(0)
    size = random.normal(size=rows)
    return pl.DataFrame(
        {
            f"size {EVIL}": size,
            f"word {EVIL}": random.choice([EVIL, "<b>bold</b>", None, "&amp;"], rows).tolist(),
            "constant": [EVIL] * rows,
            EVIL: np.where(size + 0.5 * random.normal(size=rows) > 0, EVIL, '"><img src=x onerror=alert(1)>'),
        }
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[type, Any]:
    """Make one of each, the way its user gets it."""
    folder = tmp_path_factory.mktemp("shown")
    frame = hostile()
    data = clew.read(frame)
    data = Dataset(data.frame, data.schema, EVIL, data.findings)
    profile = clew.profile(data, target=EVIL, compare=frame.with_columns(pl.col(f"size {EVIL}") + 3))
    aimed = data.with_target(EVIL)
    suggestion = suggest(aimed, for_model="linear")
    prepared = suggestion.recipe.prepare(aimed)
    learner = AutoClassifier(trials=1, algorithms=("linear",), cpus=1).fit(data, target=EVIL)
    path = clew.save(learner, folder / "bundle", data=data)
    judged = clew.evaluate(learner, data)
    domain = Domain.from_dict({"columns": {EVIL: {"description": EVIL}}, "rules": [{"name": EVIL, "rule": "1 > 0"}]})
    rules = AssociationRules().fit([[EVIL, f"{EVIL} {EVIL}"], [EVIL], [], [f"{EVIL} {EVIL}", EVIL, "other"]])
    tuned = clew.tune(data, target=EVIL, algorithm="linear", trials=2, cpus=1, refit=False)
    made = [
        learner,
        tuned,
        tuned.best,
        rules,
        rules.result_,
        AutoRegressor(metric="rmse"),
        clew.load(path),
        domain.apply(data.schema)[EVIL],
        profile.statistics[EVIL],
        profile.comparison,
        data,
        domain,
        judged,
        judged.calibration,
        judged.confusion,
        judged.curves,
        judged.importance,
        profile.correlations,
        residuals(Predictions(np.arange(100.0), truth=np.arange(100.0) ** 1.1)),
        Finding("DQ001", Severity.WARNING, EVIL, EVIL, EVIL, {EVIL: [EVIL]}, {"op": EVIL}),
        learner.model_,
        prepared.recipe,
        profile.insights,
        learner.result_.leaderboard[1],
        inspect(path),
        monitor(clew.load(path), frame.with_columns(pl.col(f"size {EVIL}") + 3)),
        learner.model_.predict(data),
        prepared,
        preview(suggestion.recipe, data, EVIL, step=1),
        learner.model_.problem,
        profile,
        suggestion.recipe,
        learner.model_.predict_row(frame.row(0, named=True)),
        aimed.schema,
        profile.scorecard,
        suggestion,
        compare(frame, frame.head(200).with_columns(constant=pl.lit("other")), [f"size {EVIL}"]),
        profile.statistics,
        learner.result_,
    ]
    grouped = Clusterer(k=2).fit(data), AnomalyDetector(shown=3).fit(data), Reducer(components=2).fit(data)
    made += [*grouped, *(estimator.result_ for estimator in grouped)]
    project = _project(folder / "project", frame)
    made += [project, project.run(), project.run().stages[1], learning_rows(project)]
    yield {type(thing): thing for thing in made}
    project.close()


def _project(folder: Path, frame: pl.DataFrame) -> Project:
    frame.write_csv(folder.with_suffix(".csv"))
    init_project(folder, folder.with_suffix(".csv"), EVIL)
    text = (folder / "clew.yaml").read_text(encoding="utf-8")
    text = text.replace("time_limit_s: 60", "trials: 1\n  algorithms: [linear]").replace("# success", "success")
    (folder / "clew.yaml").write_text(text, encoding="utf-8")
    return Project(folder)


class Tags(HTMLParser):
    """The elements of a document; fails where one is not closed, or an id is there twice."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.names: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []
        anchors = [value for name, value in self.names if name == "id"]
        assert len(anchors) == len(set(anchors))

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        self.tags.add(tag)
        self.names.extend(attrs)
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def document(thing: Any) -> str:
    """Return the document in the frame that a notebook gets."""
    shown = thing._repr_html_()
    assert type(shown) is str, "marimo shows no other class"
    outer = Tags(shown)
    assert outer.tags == {"iframe"}, "nothing of it stands in the page around"
    attributes = dict(outer.names)
    assert "allow-scripts" not in attributes["sandbox"]
    assert attributes["title"]
    return attributes["srcdoc"]


def test_whatever_the_public_api_makes_is_listed_here():
    classes = {getattr(clew, name) for name in clew.__all__ if isinstance(getattr(clew, name), type)}
    assert {kind for kind in classes if not issubclass(kind, Exception)} <= SHOWN.keys()


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_it_shows_itself(kind, results):
    inner = document(results[kind])
    shown = Tags(inner)
    assert SHOWN[kind] in shown.text
    assert "None" not in re.split(r"</style>", inner)[1].replace("'None'", "")
    assert not shown.tags & {"script", "link", "img", "iframe", "object", "embed", "b", "form", "base"}
    assert not {name for name, _ in shown.names if name.startswith("on")} | (
        {"src", "action"} & dict(shown.names).keys()
    )
    assert "default-src 'none'" in inner


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_it_loads_nothing(kind, results):
    inner = unescape(document(results[kind]))
    # An SVG names its language by an address that nobody visits.
    addresses = [found for found in re.findall(r"https?://[^\s\"'<>]+", inner) if "www.w3.org" not in found]
    assert addresses == []
    assert not re.search(r"@import|\burl\((?!#)", inner)


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_its_text_form_is_short_and_says_what_it_is(kind, results):
    said = repr(results[kind])
    assert said.startswith(kind.__name__)
    assert len(said) < 700
    assert "\n" not in said or kind in {AutoClassifier, AutoRegressor}


def test_an_estimator_answers_what_a_notebook_asks_first():
    bundle = AutoClassifier()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "not fitted" in bundle["text/html"]


def test_what_is_missing_is_no_word_of_python():
    inner = document(clew.read(pl.DataFrame({"a": [1.0, None], "b": [None, "x"]})))
    assert inner.count("missing</small>") == 2


def test_a_project_that_cannot_be_read_says_why(tmp_path):
    assert "has no clew.yaml" in document(Project(tmp_path))
    assert list(tmp_path.iterdir()) == [], "looking at it makes nothing"


WIDE = 10_000


@pytest.fixture(scope="module")
def wide() -> dict[str, Any]:
    """Make results that know ten thousand columns."""
    names = [f"column {place}" for place in range(WIDE)]
    frame = pl.DataFrame({name: [0.5, 1.5, 2.5] for name in names})
    schema = Schema(tuple(Column(name, "Float64", Kind.NUMERIC, Role.FEATURE) for name in names))
    statistics = describe(frame, schema, mergeable=False)
    recipe = Recipe.from_dict([{"op": "scale", "columns": names}])
    prepared = recipe.prepare(frame, schema)
    found = tuple(Finding("DQ001", Severity.INFO, "Constant column", name, name) for name in names)
    return {
        "dataset": Dataset(frame, schema, "wide", found),
        "schema": schema,
        "statistics": statistics,
        "profile": Profile("wide", schema, statistics, found),
        "domain": Domain({name: {"unit": "m"} for name in names}),
        "recipe": recipe,
        "prepared": prepared,
        "fitted": prepared.recipe,
        "suggestion": Suggestion(recipe, ("`a` reason",)),
        "difference": TableDiff(1, 0, 0, frame.head(1), *[frame.head(0)] * 3, dict.fromkeys(names, 1)),
        "problem": Problem("label", Task.MULTICLASS, "log_loss", tuple(names)),
        "predictions": Predictions(
            np.array(names, dtype=object), np.full((WIDE, 100), 0.01), tuple(names[:100]), truth=np.array(names)
        ),
    }


@pytest.mark.parametrize(
    "name",
    ["dataset", "schema", "statistics", "profile", "domain", "recipe", "prepared", "fitted", "suggestion", "difference",
     "problem", "predictions"],
)  # fmt: skip
def test_ten_thousand_columns_are_shown_in_part(name, wide):
    inner = document(wide[name])
    assert len(inner) < 120_000, "what is shown is small, so it is also made and drawn quickly"
    assert "more" in inner or "of 10,000" in inner
    assert len(repr(wide[name])) < 1_000 or name == "problem"
