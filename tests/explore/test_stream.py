import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.collect import batches
from clew.core.errors import DataError, UsageError
from clew.core.schema import Kind, Role
from clew.define.domain import Domain
from clew.define.problem import Task
from clew.explore import reservoir, stream
from clew.explore.profile import profile
from clew.explore.stream import is_streamed, observe_file


def visits(rows=6000, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.lognormal(2, 1, rows)
    frame = pl.DataFrame(
        {
            "id": np.arange(rows),
            "size": np.where(rng.random(rows) < 0.1, np.nan, size),
            "count": rng.poisson(3, rows),
            "code": rng.integers(0, 4000, rows),
            "place": rng.choice(["north", "south", "east"], rows),
            "street": [f"{n} High Street" for n in rng.integers(0, 3000, rows)],
            "at": np.datetime64("2024-01-01", "us") + (np.arange(rows) * 600_000_000).astype("timedelta64[us]"),
            "flag": rng.random(rows) < 0.2,
            "bought": np.where(size + rng.normal(size=rows) * 5 > 12, "yes", "no"),
        }
    )
    return frame.with_columns(pl.when(pl.int_range(rows) % 7 > 0).then("place").alias("place"), flag=pl.col("flag"))


@pytest.fixture
def small(monkeypatch):
    """Small batches and a small sample."""
    monkeypatch.setattr(batches, "_FEWEST", 500)
    monkeypatch.setattr(batches, "_BATCH_BYTES", 1)
    monkeypatch.setattr(reservoir.Reservoir.__init__, "__defaults__", (2000,))


@pytest.fixture(params=["parquet", "csv"])
def file(request, tmp_path):
    path = tmp_path / f"visits.{request.param}"
    frame = visits()
    frame.write_parquet(path) if request.param == "parquet" else frame.write_csv(path)
    return path


def test_statistics_are_those_of_all_rows_within_the_stated_error(small, file):
    whole, known = (profile(file, target="bought", streaming=streaming) for streaming in (False, True))
    assert (known.rows, known.sample.rows, known.sample.of) == (6000, 2000, 6000)
    assert whole.sample is None
    assert {c.name: known.types[c.name] for c in known.columns} == {c.name: whole.types[c.name] for c in whole.columns}
    for truth, found in zip(whole.columns, known.columns, strict=True):
        for exact in ("name", "kind", "dtype", "rows", "missing", "minimum", "maximum", "lengths"):
            assert getattr(found, exact) == getattr(truth, exact), (truth.name, exact)
        for close in ("mean", "std", "skewness") if truth.moments else ():
            assert getattr(found, close) == pytest.approx(getattr(truth, close), rel=1e-6), (truth.name, close)
        if found.distinct_exact:
            assert found.distinct == truth.distinct
        else:
            assert found.distinct == pytest.approx(truth.distinct, rel=0.12)
        if found.values.exact:
            assert found.values == truth.values
        for at in (5, 25, 50, 75, 95) if truth.quantiles else ():
            assert truth.quantile((at - 1) / 100) <= found.quantiles[at] <= truth.quantile((at + 1) / 100)


def test_what_can_be_counted_in_batches_is_exact(small, file):
    whole, known = (profile(file, target="bought", streaming=streaming) for streaming in (False, True))
    assert known.missing == whole.missing
    assert known.timelines == whole.timelines
    assert (known.repeated_rows, whole.repeated_rows) == (0, 0)


def test_the_rest_is_from_the_sample_and_says_so(small, file, tmp_path):
    known = profile(file, target="bought", streaming=True)
    assert known.task is Task.BINARY
    assert {item.rows for item in known.associations} == {2000}
    assert known.correlations.rows == 2000
    assert {view.rows for view in known.views} == {2000}
    told = json.loads(json.dumps(known.to_dict(), allow_nan=False))
    assert told["sample"] == {"rows": 2000, "of": 6000, "seed": 0}
    page = known.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "2,000 rows drawn at random (seed 0)" in page


def test_a_sample_finds_what_the_rows_tell(small, file):
    whole, known = (profile(file, target="bought", streaming=streaming) for streaming in (False, True))
    power, near = ({item.feature: item.power for item in each.associations} for each in (whole, known))
    for name, value in power.items():
        assert near[name] == pytest.approx(value, abs=0.08)
    pairs = {(pair.one, pair.other): pair for pair in whole.correlations.pairs}
    for pair in known.correlations.pairs:
        assert pair.value == pytest.approx(pairs[pair.one, pair.other].value, abs=0.12)


def test_a_file_that_fits_into_the_sample_is_told_as_in_memory(file):
    whole, known = (profile(file, target="bought", streaming=streaming).to_dict() for streaming in (False, True))
    assert known["sample"] is None
    for key in ("findings", "associations", "target_views", "missing_patterns", "correlations", "rows", "task"):
        assert known[key] == whole[key], key
    for one, two in zip(whole["columns"], known["columns"], strict=True):
        assert two == one


def test_the_seed_decides_about_the_sample(small, file):
    def run(seed):
        return {**profile(file, target="bought", streaming=True, seed=seed).to_dict(), "seconds": 0}

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_findings_count_all_rows_where_statistics_do(small, tmp_path):
    path = tmp_path / "x.parquet"
    frame = visits().with_columns(
        same=1, gone=pl.lit(None, dtype=pl.Int64), wild=pl.when(pl.int_range(6000) == 17).then(float("inf")).otherwise(pl.col("size"))
    )  # fmt: skip
    frame.write_parquet(path)
    found = {(item.code, item.column): item for item in profile(path, streaming=True).findings}
    assert found["DQ001", "same"].evidence["rows"] == 6000
    assert found["DQ003", "gone"].evidence["missing"] == 6000
    assert found["DQ013", "wild"].evidence["positive"] == 1


def test_rows_of_a_finding_are_those_of_the_file(small, tmp_path):
    path = tmp_path / "x.parquet"
    frame = visits().with_columns(pl.when(pl.col("id") % 50 == 0).then(-999.0).otherwise("size").alias("size"))
    frame.write_parquet(path)
    item = next(item for item in profile(path, streaming=True).findings if item.code == "DQ005")
    assert item.evidence["sample_rows"] == 2000
    assert all(frame["size"][row] == -999 for row in item.evidence["rows"])
    known = profile(path, streaming=True)
    assert known.disguised == {"size": 120}  # of all rows, not of the sample


def test_repeated_rows_are_counted_or_estimated(small, tmp_path):
    path = tmp_path / "x.parquet"
    frame = visits()
    pl.concat([frame, frame[:1500]]).write_parquet(path)
    known = profile(path, streaming=True)
    assert (known.repeated_rows, known.repeated_exact) == (1500, True)
    item = next(item for item in known.findings if item.code == "DQ008")
    assert item.detail == "Equal to an earlier row in every column: 1,500 of 7,500 rows (20.0 %)."


def seed_without(path, row):
    """Return a seed whose sample lacks a row."""
    return next(seed for seed in range(60) if row not in observe_file(path, seed=seed).places)


def test_cells_that_cannot_be_read_are_counted(small, tmp_path):
    path = tmp_path / "x.csv"
    lines = [f"{i},{i % 9}" for i in range(6000)]
    lines[4321] = "4321,oops"
    path.write_text("\n".join(["n,digit", *lines]), encoding="utf-8")
    known = profile(path, streaming=True, seed=seed_without(path, 4321))
    assert known.schema["digit"].kind is Kind.NUMERIC
    told = next(item for item in known.to_dict()["columns"] if item["name"] == "digit")
    assert (told["unreadable"], told["missing"], told["invalid"], told["valid"]) == (1, 1, 1, 5999)


def test_a_column_that_the_sample_lacks_is_judged_by_what_there_is(small, tmp_path):
    path = tmp_path / "x.csv"
    pl.DataFrame({"n": range(6000), "day": [None] * 5999 + ["2024-01-01"]}).write_csv(path)
    known = profile(path, streaming=True, seed=seed_without(path, 5999))
    assert known.schema["day"].kind is Kind.DATETIME
    assert known.statistics["day"].present == 1
    assert known.statistics["day"].minimum.startswith("2024-01-01")


def test_an_identifier_by_its_sample_may_be_none(small, tmp_path):
    path = tmp_path / "x.parquet"
    rng = np.random.default_rng(0)
    values = np.concatenate((np.arange(3000), rng.permutation(3000)))
    pl.DataFrame({"user_id": values, "x": rng.normal(size=6000)}).write_parquet(path)
    known = profile(path, streaming=True)
    assert known.schema["user_id"].role is Role.FEATURE
    stated = Domain.from_dict({"columns": {"user_id": {"role": "id"}}})
    assert profile(path, streaming=True, domain=stated).schema["user_id"].role is Role.ID


def test_a_target_keeps_the_spelling_of_the_file(small, tmp_path):
    path = tmp_path / "x.csv"
    visits().with_columns(bought=pl.col("bought").replace({"yes": "Yes", "no": "No"})).write_csv(path)
    known = profile(path, target="bought", streaming=True)
    assert {value for value, _ in known.statistics["bought"].values.items} == {"Yes", "No"}
    with pytest.raises(DataError, match="no column 'bougt' to be the target"):
        profile(path, target="bougt", streaming=True)


def test_two_files_are_compared_as_they_pass(small, tmp_path):
    one, two = tmp_path / "one.parquet", tmp_path / "two.csv"
    visits().write_parquet(one)
    visits(4000, 1).with_columns(pl.col("size") * 3).write_csv(two)
    known = profile(one, target="bought", compare=two, streaming=True).comparison
    whole = profile(one, target="bought", compare=two, streaming=False).comparison
    assert (known.rows, known.other_rows) == (6000, 4000)
    assert [item.name for item in known.shifted] == [item.name for item in whole.shifted]
    assert "size" in {item.name for item in known.shifted}


def test_progress_goes_from_nothing_to_all(small, file):
    told = []
    profile(file, streaming=True, progress=lambda message, done=None: told.append((message, done)))
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert any("looking at every row" in message for message, _ in told)


def test_large_files_are_streamed_unless_told_otherwise(tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    visits(500).write_parquet(path)
    assert not is_streamed(path, streaming=None)
    assert is_streamed(path, streaming=True)
    monkeypatch.setattr(stream, "LARGE_BYTES", 10_000)
    assert is_streamed(path, streaming=None)
    assert is_streamed(str(path), streaming=None)
    assert not is_streamed(path, streaming=False)
    monkeypatch.setattr(stream, "LARGE_BYTES", 1 << 30)
    monkeypatch.setattr(stream, "available_bytes", lambda: 80_000)
    assert is_streamed(path, streaming=None)


@pytest.mark.parametrize("data", [visits(10), Path("nowhere.parquet"), "table.xlsx"])
def test_only_a_file_of_some_formats_can_be_streamed(data):
    assert not is_streamed(data, streaming=None)
    with pytest.raises(UsageError, match="Only a file can be streamed"):
        is_streamed(data, streaming=True)


def test_a_closer_look_at_a_sample_names_rows_of_the_table(small, file):
    known = profile(file, target="bought", streaming=True)
    seen, frame = known.insights, visits()
    assert seen.quick_model.sampled_from == 2000
    assert max(item["row"] for item in seen.anomalous.rows) >= 2000
    for item in seen.anomalous.rows:
        for reason in item["reasons"]:
            if reason["column"] == "size":
                assert reason["value"] == pytest.approx(frame["size"][item["row"]])
    # What is apart in a sample need not be apart in the table.
    assert (seen.time, seen.alike, seen.groups) == (None, None, ())
    assert not {"DQ026", "DQ027", "LK006", "LK007"} & {item.code for item in known.findings}
    whole = profile(file, target="bought", streaming=False)
    for name, score in known.scorecard.scores.items():
        assert score == pytest.approx(whole.scorecard.scores[name], abs=0.05)
