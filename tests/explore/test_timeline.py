from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.explore import instants
from clew.explore.families import to_microseconds
from clew.explore.instants import Instants
from clew.explore.timeline import timeline

DAY = 86_400.0


def told(values, dtype="Datetime(us)"):
    series = pl.Series(values)
    return timeline(Instants.of(to_microseconds(series.drop_nulls())), dtype)


def every(step, count, start=datetime(2024, 1, 1)):
    return [start + step * place for place in range(count)]


def months(count, start=2020):
    return [date(start + place // 12, place % 12 + 1, 1) for place in range(count)]


@pytest.mark.parametrize(
    ("values", "grain", "step"),
    [
        (months(30), "month", "1 month"),
        (months(36)[::3], "quarter", "1 quarter"),
        (months(60)[::12], "year", "1 year"),
        ([date(2024, 1, 1) + timedelta(weeks=w) for w in range(20)], "week", "1 week"),
        ([date(2024, 1, 1) + timedelta(days=d) for d in range(90)], "day", "1 day"),
        ([d for d in every(timedelta(days=1), 120) if d.weekday() < 5], "weekday", "1 weekday"),
        (every(timedelta(hours=1), 50), "hour", "1 hour"),
        (every(timedelta(hours=6), 50), "hour", "6 hours"),
        (every(timedelta(minutes=15), 50), "minute", "15 minutes"),
        (every(timedelta(seconds=60), 50, datetime(2024, 1, 1, 0, 0, 7)), "second", "1 minute"),
        (every(timedelta(milliseconds=20), 50), "millisecond", "20 milliseconds"),
        (every(timedelta(microseconds=3), 50), "microsecond", "3 microseconds"),
    ],
)
def test_the_grain_and_the_usual_step_are_found(values, grain, step):
    known = told(values)
    assert (known.grain, known.step, known.step_share) == (grain, step, 1.0)
    assert (known.gaps, known.missing) == (0, 0)


def test_a_regular_series_counts_what_is_missing():
    values = every(timedelta(hours=1), 100)
    kept = values[:20] + values[23:60] + values[61:]
    known = told(kept)
    assert (known.step, known.gaps, known.missing) == ("1 hour", 2, 4)
    longest = known.longest[0]
    assert (longest.start, longest.end) == ("2024-01-01T19:00:00", "2024-01-01T23:00:00")
    assert (longest.length_s, longest.missing) == (4 * 3600.0, 3)
    assert known.to_dict()["longest_gaps"][1]["missing"] == 1


def test_months_are_counted_and_not_measured():
    values = months(24)
    known = told(values[:5] + values[7:])
    assert (known.gaps, known.missing, known.longest[0].missing) == (1, 2, 2)


def test_a_weekend_is_no_gap_between_weekdays():
    days = [d for d in every(timedelta(days=1), 200) if d.weekday() < 5]
    known = told(days[:50] + days[55:])
    assert (known.grain, known.gaps, known.missing) == ("weekday", 1, 5)


def test_scattered_moments_have_a_gap_where_chance_makes_none():
    rng = np.random.default_rng(0)
    seconds = np.cumsum(rng.exponential(60, size=5000))
    start = np.datetime64("2024-01-01", "us")
    moments = start + (seconds * 1e6).astype("timedelta64[us]")
    assert told(moments).gaps == 0
    moments[2500:] += np.timedelta64(1, "h")
    known = told(moments)
    assert (known.gaps, known.step, known.missing) == (1, None, None)
    assert 3600 < known.longest[0].length_s < 3600 + 60 * 12


@pytest.mark.parametrize(
    ("values", "order", "astray"),
    [
        ([1, 2, 2, 3], "ascending", 0),
        ([3, 2, 2, 1], "descending", 0),
        ([2, 2], "constant", 0),
        ([2], "constant", 0),
        ([1, 2, 3, 0, 4, 5], None, 1),
        ([5, 4, 6, 3, 2, 1], None, 1),
    ],
)
def test_the_order_of_the_rows_is_told(values, order, astray):
    known = told([datetime(2024, 1, day + 1) for day in values])
    assert (known.order, known.out_of_order) == (order, astray)


def test_days_are_those_of_the_time_zone():
    zone = ZoneInfo("Europe/Berlin")
    local = [datetime(2024, 3, 1, tzinfo=zone) + timedelta(days=day) for day in range(60)]  # over a change of clocks
    values = pl.Series([moment.astimezone(UTC) for moment in local]).dt.convert_time_zone("Europe/Berlin")
    known = told(values, "Datetime(us, Europe/Berlin)")
    assert (known.grain, known.step, known.gaps) == ("day", "1 day", 0)
    assert told(values, "Datetime(us, UTC)").grain == "hour"


def test_hours_are_counted_through_a_change_of_clocks():
    start = datetime(2024, 3, 30, tzinfo=UTC)
    values = pl.Series(every(timedelta(hours=1), 72, start)).dt.convert_time_zone("Europe/Berlin")
    known = told(values, "Datetime(us, Europe/Berlin)")
    assert (known.step, known.gaps, known.missing) == ("1 hour", 0, 0)


def test_nothing_has_no_timeline():
    assert told(pl.Series([], dtype=pl.Datetime("us"))) is None


def test_the_ends_of_the_calendar_are_no_trouble():
    known = told([date(1, 1, 1), date(9999, 12, 31)])
    assert known.span_s == pytest.approx((date(9999, 12, 31) - date(1, 1, 1)).days * DAY)


MOMENTS = st.lists(st.integers(-(10**12), 10**12), max_size=60)


@given(MOMENTS, st.integers(0, 60), st.integers(0, 60))
def test_parts_give_the_whole(values, one, other):
    first, second = sorted((one, other))
    moments = np.array(values, dtype=np.int64)
    parts = [Instants.of(part) for part in (moments[:first], moments[first:second], moments[second:])]
    left, right = parts[0].merge(parts[1]).merge(parts[2]), parts[0].merge(parts[1].merge(parts[2]))
    whole = timeline(Instants.of(moments), "Datetime(us)")
    assert timeline(left, "Datetime(us)") == whole
    assert timeline(right, "Datetime(us)") == whole


def test_buckets_find_every_gap_longer_than_two_of_them(monkeypatch):
    monkeypatch.setattr(instants, "CAPACITY", 256)
    rng = np.random.default_rng(1)
    moments = np.sort(rng.integers(0, 10**11, size=20_000))
    moments[15_000:] += 10**10
    moments[17_000:] += 3 * 10**9
    rng.shuffle(moments)
    merged = Instants.of(moments[:0])
    for part in np.array_split(moments, 37):
        merged = merged.merge(Instants.of(part))
    assert len(merged.first) <= 256
    assert not merged.exact
    whole = timeline(Instants.of(moments), "Datetime(us)")
    known = timeline(merged, "Datetime(us)", distinct=len(np.unique(moments)))
    assert 0 < known.unseen_below_s < 3000
    longer = [gap for gap in whole.longest if gap.length_s >= known.unseen_below_s]
    assert len(longer) == 2
    assert known.longest[:2] == tuple(longer)
    assert (known.span_s, known.order, known.out_of_order, known.grain) == (
        whole.span_s,
        whole.order,
        whole.out_of_order,
        whole.grain,
    )


def test_the_tick_is_that_of_all_rows(monkeypatch):
    monkeypatch.setattr(instants, "CAPACITY", 4)
    seconds = np.arange(100, dtype=np.int64) * 1_000_000
    odd = seconds.copy()
    odd[50] += 1
    for moments, grain in ((seconds, "second"), (odd, "microsecond")):
        merged = Instants.of(moments[:40]).merge(Instants.of(moments[40:]))
        assert timeline(merged, "Datetime(us)").grain == grain
