from clew.core.finding import Finding, Severity
from clew.explore.quality import gather


def found(code, count, severity=Severity.INFO, op="drop"):
    return [
        Finding(code, severity, "Title", f"detail {i}", f"c{i}", {}, {"op": op, "columns": [f"c{i}"], "options": {}})
        for i in range(count)
    ]


def test_findings_that_fire_everywhere_become_one():
    few, many = found("DQ001", 3), found("DQ002", 400)
    gathered = gather([*few, *many])
    assert list(gathered[:3]) == few
    (one,) = gathered[3:]
    assert one.column is None
    assert one.evidence["count"] == 400
    assert one.evidence["columns"][-1] == "c399"
    assert one.remedy["columns"] == one.evidence["columns"]
    assert one.detail == "400 columns; for example 'c0': detail 0"


def test_errors_stay_single():
    errors = found("LK003", 50, Severity.ERROR)
    assert gather(errors) == tuple(errors)


def test_different_remedies_are_not_mixed():
    assert gather([*found("DQ007", 15), *found("DQ007", 15, op="fill_missing")])[0].remedy is None
