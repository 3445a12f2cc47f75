import pytest

from clew.core.errors import ConfigError
from clew.monitor.spec import MonitorSpec


def test_limits_go_to_a_dictionary_and_back():
    spec = MonitorSpec(psi=0.3, js=None, ignore=("id",), columns={"age": {"psi": 0.5}})
    assert MonitorSpec.from_dict(spec.to_dict()) == spec
    assert MonitorSpec.from_dict({}) == MonitorSpec()


def test_a_column_may_have_limits_of_its_own():
    spec = MonitorSpec(columns={"age": {"psi": 0.5, "js": None}})
    assert (spec.for_column("age").psi, spec.for_column("age").js) == (0.5, None)
    assert spec.for_column("other") == spec


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"pse": 0.2}, "'pse', which does not exist. Hint: Did you mean 'psi'"),
        ({"psi": "much"}, "`monitor.psi` is 'much'"),
        ({"psi": True}, "`monitor.psi` is True"),
        ({"js": -1}, "`monitor.js` is -1"),
        ({"ks": float("nan")}, "`monitor.ks` is nan"),
        ({"columns": {"age": {"bins": 3}}}, "`monitor.columns.age` has the key 'bins'"),
        ({"columns": {"age": {"psi": -3}}}, "`monitor.columns.age.psi` is -3"),
        ({"bins": 1}, "`monitor.bins` is 1"),
        ({"bins": 2.5}, "`monitor.bins` is 2.5"),
        ({"chance": 0}, "`monitor.chance` is 0"),
        ({"min_rows": 0}, "`monitor.min_rows` is 0"),
    ],
)
def test_a_wrong_limit_is_named(data, message):
    with pytest.raises(ConfigError, match=message):
        MonitorSpec.from_dict(data)
