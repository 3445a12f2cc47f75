"""Stating facts, rules, relations and the problem in a clew.yaml that people wrote comments in."""

from difflib import ndiff
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError
from clew.define.domain import AsOf, Relation
from clew.project import clewyaml
from clew.project.clewyaml import check_config
from clew.project.init import init_project
from clew.project.yamltext.change import read

DEMO = (files("clew.project") / "demo.yaml").read_text(encoding="utf-8")
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20) | st.sampled_from(
    ["a: b", "yes", "on", "1", "Größe #2", "it's", '"quoted"', "new\nline", "{x}", "<script>", "distance", "x\u2028y"]
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["numeric", "categorical", "text"]),
        "unit": NAMES,
        "minimum": st.integers(-5, 0) | st.floats(-5, 0) | st.none(),
        "maximum": st.integers(1, 5),
        "allowed": st.lists(NAMES | st.integers(), min_size=1, max_size=3, unique_by=str),
        "pattern": NAMES,
        "nullable": st.booleans() | st.none(),
        "description": NAMES,
    },
)


def changed_lines(before, after):
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@settings(max_examples=20)
@given(NAMES, FACTS)
def test_facts_are_stated_and_one_line_changes(column, facts):
    text = clewyaml.with_facts(DEMO, column, facts)
    stated = dict(read(DEMO, name="t")["domain"]["columns"].get(column, {}))
    wanted = {key: value for key, value in {**stated, **facts}.items() if value is not None}
    columns = read(text, name="t")["domain"]["columns"]
    assert columns.get(column, {}) == wanted
    before = DEMO.split("\n")
    there = [line for line in text.split("\n") if line not in before]
    assert len(there) <= 1, "nothing but the column's own line"
    assert len([line for line in before if line not in text.split("\n")]) <= 1
    back = clewyaml.with_facts(text, column, dict.fromkeys(facts) | stated)
    assert read(back, name="t")["domain"]["columns"].get(column, {}) == stated


def test_the_comment_beside_a_column_stays(tmp_path):
    (tmp_path / "t.csv").write_text("age,left\n" + "31,yes\n40,no\n" * 20, encoding="utf-8")
    path, _ = init_project(tmp_path / "p", tmp_path / "t.csv", "left")
    text = path.read_text(encoding="utf-8")
    text = clewyaml.with_facts(text, "age", {"minimum": 0.0, "maximum": 120, "unit": "a"})
    assert "    age: {kind: numeric, minimum: 0, maximum: 120, unit: a}   # 31 to 40\n" in text
    text = clewyaml.with_rule(text, {"name": "adults", "rule": "age >= 18", "severity": "error"})
    assert "  rules:   # what must hold in every row, e.g. - rule: discharge >= admission\n" in text
    assert "    - {name: adults, rule: age >= 18, severity: error}\n" in text
    text = clewyaml.with_problem(text, success="roc_auc >= 0.9", question="Who leaves?")
    assert "  success: roc_auc >= 0.9   # the first gate: what is good enough?\n" in text
    (path.parent / "recipes" / "mine.yaml").write_text("[]\n", encoding="utf-8")
    text = clewyaml.with_prepare(text, "recipes/mine.yaml")
    assert "\nprepare: recipes/mine.yaml   # without this line a recipe is suggested" in text
    config = check_config(text, path.parent)
    assert config.domain.columns["age"] == {"kind": "numeric", "minimum": 0, "maximum": 120, "unit": "a"}
    assert [rule.name for rule in config.domain.rules] == ["adults"]
    assert clewyaml.with_prepare(text, None).count("recipes/mine.yaml") == 0


def test_names_that_yaml_would_break_are_written_so_that_they_are_read(tmp_path):
    (tmp_path / "t.csv").write_text("a\u2028b,on,x: y,left\n" + "1,2,3,yes\n4,5,6,no\n" * 20, encoding="utf-8")
    path, _ = init_project(tmp_path / "p", tmp_path / "t.csv", "left")
    assert list(check_config(path.read_text(encoding="utf-8"), path.parent).domain.columns)[:2] == ["a\u2028b", "on"]


def test_a_rule_is_added_changed_and_taken_back():
    text = clewyaml.with_rule(DEMO, "distance > 0")
    assert changed_lines(DEMO, text) == ["+     - distance > 0"]
    other = clewyaml.with_rule(text, {"rule": "distance > 1", "severity": "error"}, replaces="distance > 0")
    assert changed_lines(text, other) == ["-     - distance > 0", "+     - {rule: distance > 1, severity: error}"]
    assert clewyaml.without_rule(other, "distance > 1") == DEMO
    changed = clewyaml.with_rule(
        DEMO,
        {"name": "a flight goes somewhere else", "rule": "origin != dest", "severity": "warning"},
        replaces="a flight goes somewhere else",
    )
    assert "    - {name: a flight goes somewhere else, rule: origin != dest, severity: warning}\n" in changed


def test_a_relation_is_added_changed_and_taken_back():
    new = Relation("flights", "seats", {"tailnum": "tailnum", "day": "day"}, "one_to_one")
    text = clewyaml.with_relation(DEMO, new)
    added = "+     - {left: flights, right: seats, on: [tailnum, day], kind: one_to_one}"
    assert changed_lines(DEMO, text) == [added]
    as_of = Relation("flights", "seats", {"tailnum": "number"}, as_of=AsOf("time_hour", "known", "-1d"))
    other = clewyaml.with_relation(text, as_of, replaces=new)
    assert check_relations(other)[-1] == as_of
    assert clewyaml.without_relation(other, as_of) == DEMO
    planes = check_relations(DEMO)[1]
    once = clewyaml.with_relation(DEMO, Relation("flights", "planes", planes.on, "one_to_one"), replaces=planes)
    assert "    - {left: flights, right: planes, on: tailnum, kind: one_to_one}\n" in once


def check_relations(text):
    from clew.define.domain import Domain

    return list(Domain.from_dict(read(text, name="t")["domain"]).relations)


def test_the_first_fact_makes_the_section():
    text = "name: x\nproblem: {target: y}   # ours\ndata: {source: a.csv}\n"
    changed = clewyaml.with_facts(text, "age", {"role": "id"})
    assert changed == text + "\ndomain:\n  columns:\n    age: {role: id}\n"
    assert clewyaml.with_facts(text, "age", {"role": None}) == text
    assert clewyaml.with_value(text, ("train", "trials"), 3) == text + "\ntrain:\n  trials: 3\n"
    assert clewyaml.with_problem(text, metric="roc_auc").splitlines()[1] == (
        "problem: {target: y, metric: roc_auc}   # ours"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: clewyaml.with_facts(text, "age", {"minimun": 1}), "Did you mean 'minimum'"),
        (lambda text: clewyaml.with_facts(text, "hour", {"minimum": 30}), "'hour' has a minimum of 30 above"),
        (lambda text: clewyaml.with_facts(text, "hour", {"minimum": "x"}), "must be a number"),
        (lambda text: clewyaml.with_rule(text, "origin !="), "The expression 'origin !='"),
        (lambda text: clewyaml.with_rule(text, {"name": "a", "rule": "a > b", "severity": "bad"}), "severity 'bad'"),
        (lambda text: clewyaml.without_rule(text, "a flight goes somewhere"), "Did you mean 'a flight goes somewhere"),
        (lambda text: clewyaml.with_rule(text, {"name": "a flight goes somewhere else", "rule": "a > b"}), "already"),
        (lambda text: clewyaml.without_relation(text, Relation("a", "b", {"c": "c"})), "not stated in this way"),
        (lambda text: clewyaml.with_problem(text, targett="x"), "Did you mean 'target'"),
        (lambda text: clewyaml.with_facts(text + "a: [", "age", {}), "clew.yaml is no YAML.*line"),
        (lambda text: clewyaml.with_value(text, ("name", "x"), 1), "name holds no keys"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    with pytest.raises(ConfigError, match=message):
        change(DEMO)
