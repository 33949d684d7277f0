"""What is usual is learned: from the same weekdays, else from all days, else declared; a series at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from expectations.baselines import in_words, judged_rows, rows_outside
from expectations.spec import CheckSpec, MeasureSpec

MONDAY = date(2026, 6, 1)


def judge(days: dict[int, float], **bounds: float) -> dict[str, Any]:
    """The newest value of a series (by days since a Monday) and what it is compared with."""
    return judge_groups({"all": days}, **bounds)[0]


def judge_groups(groups: dict[str, dict[int, float]], **bounds: float) -> list[dict[str, Any]]:
    rows = [
        (group, MONDAY + timedelta(days=day), value) for group, days in groups.items() for day, value in days.items()
    ]
    measure = MeasureSpec.model_validate({"query": "from {batch}", "least_spread": 0.1, **(bounds or {"high": 100})})
    with duckdb.connect() as con:
        con.execute("create table series (group_key text, day date, value double)")
        con.executemany("insert into series values (?, ?, ?)", rows)
        cursor = con.execute(judged_rows(measure).format(batch="series"))
        names = [column[0] for column in cursor.description]
        judged = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        outside = con.execute(rows_outside(measure).format(batch="series")).fetchall()
    assert len(outside) == sum(row["is_outside"] for row in judged)
    return judged


def test_the_first_days_are_judged_by_declared_bounds() -> None:
    few = dict.fromkeys(range(14), 1.0)
    row = judge(few, low=0.5, high=2)
    assert (row["low"], row["high"], row["basis"], row["history_days"]) == (0.5, 2.0, "declared", 0)
    assert not row["is_outside"]
    assert judge({**few, 13: 2.1}, high=2)["is_outside"]
    assert judge({0: 5}, high=2)["is_outside"]


def test_after_a_fortnight_bounds_lie_around_the_median() -> None:
    days = {day: 10.0 + day % 3 for day in range(14)}  # 10, 11, 12: median 11, deviation 1
    row = judge({**days, 14: 16.0}, low=0, high=1000)
    assert (row["basis"], row["history_days"]) == ("days", 14)
    assert row["low"] == pytest.approx(11 - 3.5 / 0.6745, abs=1e-5)
    assert row["high"] == pytest.approx(11 + 3.5 / 0.6745, abs=1e-5)
    assert not row["is_outside"]
    assert judge({**days, 14: 16.2}, low=0, high=1000)["is_outside"]
    assert judge({**days, 14: 5.8}, low=0, high=1000)["is_outside"]


def test_eight_same_weekdays_are_compared_with_each_other_alone() -> None:
    days = {day: 5.0 if day % 7 == 6 else 100.0 for day in range(63)}  # day 62 is the ninth Sunday
    row = judge(days, low=0, high=1000)
    assert (row["basis"], row["history_days"], row["is_outside"]) == ("weekdays", 8, False)
    assert row["high"] == pytest.approx(5 + 0.1 * 3.5 / 0.6745, abs=1e-5)
    assert judge({**days, 62: 100.0}, low=0, high=1000)["is_outside"], "a Sunday like a weekday is news"
    assert not judge({**days, 63: 100.0}, low=0, high=1000)["is_outside"], "and on a Monday it is not"
    assert judge({**days, 63: 5.0}, low=0, high=1000)["is_outside"]


def test_bad_days_of_the_past_do_not_move_what_is_usual() -> None:
    days = {day: 10.0 + day % 3 for day in range(40)} | dict.fromkeys(range(5, 15), 900.0)
    row = judge({**days, 40: 30.0}, high=1000)
    assert row["high"] < 20
    assert row["is_outside"]


def test_what_is_older_than_half_a_year_is_forgotten() -> None:
    days = dict.fromkeys(range(0, 100), 1000.0) | dict.fromkeys(range(100, 283), 10.0)
    row = judge(days, low=0, high=2000)
    assert (row["history_days"], row["high"]) == (26, pytest.approx(10 + 0.1 * 3.5 / 0.6745, abs=1e-5))


def test_a_side_without_a_declared_bound_is_never_judged() -> None:
    days = {day: 10.0 + day % 3 for day in range(20)}
    row = judge({**days, 20: 0.0}, high=1000)
    assert (row["low"], row["is_outside"]) == (None, False)
    assert judge({**days, 20: 0.0}, low=0)["is_outside"]


def test_each_group_has_its_own_bounds_and_the_worst_comes_first() -> None:
    quiet, loud = dict.fromkeys(range(20), 1.0), dict.fromkeys(range(20), 500.0)
    rows = judge_groups({"a": loud, "b": {**quiet, 20: 500.0}, "c": quiet}, high=1000)
    assert [(row["group_key"], row["is_outside"]) for row in rows] == [("b", True), ("a", False), ("c", False)]


def test_the_past_is_the_same_in_any_order() -> None:
    days = {day: float(day * day % 17) for day in range(60)}
    backwards = dict(reversed(days.items()))
    assert judge(days) == judge(backwards)


def test_in_words() -> None:
    row = {"group_key": "wire", "value": 0.41, "low": None, "high": 0.18, "history_days": 9, "basis": "weekdays"}
    assert in_words(row) == "wire 0.41, usual up to 0.18 (9 weekdays)"
    assert in_words({**row, "group_key": "all", "low": 0.1, "basis": "declared"}) == "0.41, declared 0.1 to 0.18"
    assert in_words({**row, "low": 2.0, "high": None}) == "wire 0.41, usual from 2 (9 weekdays)"


@pytest.mark.parametrize(
    ("measure", "complaint"),
    [
        ({"query": "select 1", "high": 1, "least_spread": 1}, "must be SQL that reads from"),
        ({"query": "from {batch}", "least_spread": 1}, "needs low, high or both"),
        ({"query": "from {batch}", "high": 1, "least_spread": 0}, "greater than 0"),
        ({"query": "from {batch}", "high": 1}, "Field required"),
    ],
)
def test_a_measure_without_bounds_or_spread_is_refused(measure: dict[str, Any], complaint: str) -> None:
    entry = {"name": "x", "severity": "warn", "reason": "A reason that is long enough.", "measure": measure}
    with pytest.raises(ValidationError, match=complaint):
        CheckSpec.model_validate(entry)


def test_a_check_measures_or_expects_and_not_both() -> None:
    measure = {"query": "from {batch}", "high": 1, "least_spread": 1}
    entry = {"name": "x", "severity": "warn", "reason": "A reason that is long enough.", "measure": measure}
    with pytest.raises(ValidationError, match="either a measure or an expectation"):
        CheckSpec.model_validate({**entry, "expectation": "expect_column_values_to_be_between"})
