"""What a caller states about a table: roles, facts of the domain, the task."""

import polars as pl
import pytest

import clew
from clew.core.errors import UsageError
from clew.core.schema import Kind, Role
from clew.define.domain import Domain
from clew.define.problem import define_problem
from clew.project.labelled import with_roles


@pytest.fixture
def data():
    return clew.read(pl.DataFrame({"a": [1, 2, 3], "w1": [1.0, 2.0, 3.0], "w2": [3.0, 2.0, 1.0], "y": [0.5, 1.5, 2.5]}))


def test_the_weight_that_is_stated_last_is_the_weight(data):
    first = with_roles(data, {"weight": "w1"}, "y")
    second = with_roles(first, {"weight": "w2"}, "y")
    assert [column.name for column in second.schema.by_role(Role.WEIGHT)] == ["w2"]
    assert second.schema["w1"].role is Role.FEATURE


def test_a_domain_holds_for_rows_that_were_read_before(data):
    facts = Domain.from_dict({"columns": {"a": {"kind": "categorical"}, "w1": {"role": "exclude"}}})
    stated = clew.read(data, domain=facts)
    assert stated.schema["a"].kind is Kind.CATEGORICAL
    assert stated.schema["w1"].role is Role.EXCLUDE
    assert clew.read(stated, domain=facts) is stated
    assert data.schema["w1"].role is Role.FEATURE


def test_a_task_that_does_not_exist_is_refused(data):
    with pytest.raises(UsageError, match="There is no task 'classification'"):
        define_problem(data.frame["y"], data.schema["y"], task="classification")
