import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.evaluation.made import MADE, binary, objects, rule, sales, sales_chance

from clew.define.problem import Task
from clew.evaluation.evaluation import evaluate, evaluate_predictions
from clew.evaluation.importance import FeatureImportance, Importance

NASTY = "<script>alert('label')</script> & \"co\""


class Elements(HTMLParser):
    """Collects tags and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def written(result, tmp_path):
    return result.save(tmp_path / "reports" / "evaluation.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("task", "sections"),
    [
        (
            Task.BINARY,
            ["overview", "findings", "figures", "curves", "thresholds", "calibration", "confusion", "method"],
        ),
        (Task.MULTICLASS, ["overview", "findings", "figures", "curves", "calibration", "confusion", "method"]),
        (Task.REGRESSION, ["overview", "findings", "figures", "residuals", "method"]),
    ],
)
def test_a_report_has_the_sections_of_its_task(task, sections, tmp_path):
    page = written(evaluate_predictions(MADE[task](400), task), tmp_path)
    assert re.findall(r'<section id="(\w+)"', page) == sections
    assert "<svg" in page


def test_every_metric_stands_with_limits_and_rows(tmp_path):
    result = evaluate_predictions(binary(1_234), Task.BINARY)
    text = " ".join(Elements(written(result, tmp_path)).text)
    for interval in result.metrics.values():
        for figure in (interval.value, interval.low, interval.high):
            assert f"{figure:.4g}" in text
    assert "1,234" in text


def test_importance_is_drawn_and_listed(tmp_path):
    data = sales(300)
    model = rule(data, "paid", ("amount", "bought", "noise"), sales_chance)
    page = written(evaluate(model, data), tmp_path)
    assert 'id="importance"' in page
    assert "5 shuffles of 300 rows" in page
    assert all(name in page for name in ("amount", "bought", "noise"))


def test_nothing_of_the_data_is_run(tmp_path):
    predictions = binary(400)
    labels = {"yes": NASTY, "no": "no"}
    nasty = replace(
        predictions,
        prediction=objects([labels[label] for label in predictions.prediction]),
        truth=objects([labels[label] for label in predictions.truth]),
        classes=("no", NASTY),
        positive=NASTY,
    )
    features = tuple(FeatureImportance(f"{NASTY} {number}", 0.1, 0.05, 0.15) for number in range(3))
    result = evaluate_predictions(nasty, Task.BINARY, target=NASTY, importance=Importance(features, "roc_auc", 400, 5))
    plain = evaluate_predictions(
        predictions, Task.BINARY, target="paid", importance=Importance(features[:0], "roc_auc", 400, 5)
    )
    page = written(result, tmp_path)
    assert "<script>alert" not in page
    assert Elements(page).tags.count("script") == Elements(written(plain, tmp_path)).tags.count("script")
    assert "alert('label')" in "".join(Elements(page).text)


def test_a_label_is_no_field_or_expression_of_a_chart(tmp_path):
    predictions = binary(300)
    names = {"yes": "datum.x['a.b'] + \\ [0]", "no": "${x} \n @"}
    odd = replace(
        predictions,
        prediction=objects([names[label] for label in predictions.prediction]),
        truth=objects([names[label] for label in predictions.truth]),
        classes=(names["no"], names["yes"]),
        positive=names["yes"],
    )
    assert "datum.x[" in written(evaluate_predictions(odd, Task.BINARY), tmp_path)


def test_the_page_asks_for_nothing_from_elsewhere(tmp_path):
    page = written(evaluate_predictions(binary(300), Task.BINARY), tmp_path)
    addresses = [value for name, value in Elements(page).attributes if name in {"src", "href"} and value]
    assert all(address.startswith("#") for address in addresses)
    assert "@import" not in page
    assert "url(" not in page


@pytest.mark.parametrize("task", list(Task))
def test_a_single_row_has_a_report_without_limits(task, tmp_path):
    page = written(evaluate_predictions(MADE[task](1), task), tmp_path)
    assert "95 %: not known; 1 row<" in page
    assert "nan" not in "".join(Elements(page).text).split()


def test_many_labels_have_a_report(tmp_path):
    labels = objects(f"label {code}" for code in range(70))
    random = np.random.default_rng(0)
    from clew.core.predictions import Predictions

    predictions = Predictions(
        labels[random.integers(0, 70, 900)], None, tuple(labels), None, labels[random.integers(0, 70, 900)]
    )
    page = written(evaluate_predictions(predictions, Task.MULTICLASS, metric="accuracy"), tmp_path)
    assert "21 others" in page


def test_a_notebook_shows_figures_and_findings():
    shown = evaluate_predictions(binary(60), Task.BINARY)._repr_html_()
    assert "ROC AUC" in shown
    assert "ME001" in shown


def test_a_browser_draws_the_report_without_a_complaint(tmp_path, chromium):
    data = sales(300)
    model = rule(data, "paid", ("amount", "bought", "noise"), sales_chance)
    evaluate(model, data).save(tmp_path / "evaluation.html")
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "evaluation.html").as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    # The script of the page ran: it shows the switch between light and dark.
    assert re.search(r"<button[^>]*data-theme-toggle[^>]*>(Dark|Light)<", done.stdout)
    assert json.dumps("hidden") not in re.search(r"<button[^>]*data-theme-toggle[^>]*>", done.stdout).group(0)
