"""A number of a dyad mart taken apart: its events, their shares, and where they were read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.explain_period import explain_period
from flows.publish import publish
from flows.settings import Settings

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def published(built: Settings) -> Settings:
    publish(built, "r1")
    return built


def test_a_month_names_its_events_and_their_shares(comity: Call) -> None:
    code, out, _ = comity("explain", "dyad-month", "rus", "CHN", "2021-06", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["actor_a"], found["actor_b"], found["direction"], found["month"]) == (
        "CHN", "RUS", "both", "2021-06-01",
    )  # fmt: skip
    assert (found["row"]["event_count"], found["row"]["weighted_goldstein_sum"]) == (1, 1.0)
    assert found["other_directions"]["b_to_a"]["event_count"] == 0
    (event,) = found["events"]
    assert (event["event_code"], event["contribution"], event["share"], event["share_of_movement"]) == ("040", 1, 1, 1)
    assert (event["mention_count"], event["document_count"]) == (1, 1)
    assert event["name"] == "Consult"
    assert event["lead_sentence"] == "China met with Russia."
    assert [document["uri"] for document in event["documents"]] == ["news.txt"]

    code, out, _ = comity("explain", "dyad-month", "CHN", "RUS", "2021-06")
    assert code == 0
    assert "100.0 %  +1  CHN -> RUS, 040" in out
    assert "[source: China] [act: met with] [target: Russia]." in out
    assert "news.txt" in out


@pytest.mark.parametrize(("what", "when"), [("dyad-day", "2021-06-28"), ("dyad-year", "2021")])
def test_days_and_years_too(comity: Call, what: str, when: str) -> None:
    code, out, _ = comity("explain", what, "CHN", "RUS", when, "--direction", "a_to_b", "--json")
    assert code == 0
    assert [event["event_code"] for event in json.loads(out)["events"]] == ["040"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("dyad-month", "CHN", "RUS"), "needs two actors and a date"),
        (("dyad-month", "CHN", "RUS", "June"), "write it like 2020-12"),
        (("dyad-month", "CHN", "RUS", "2021-13"), "write it like 2020-12"),
        (("dyad-day", "CHN", "RUS", "2021-06"), "write it like 2020-12-05"),
        (("dyad-month", "CHN", "FRA", "2021-06"), "no dated event between them was read"),
        (("dyad-month", "CHN", "RUS", "2020-12"), "theirs are from 2021-06-01 to 2021-06-01"),
        (("dyad-month", "CHN", "RUS", "2021-06", "--direction", "up"), "choose one of both, a_to_b, b_to_a"),
        (("3f2a91c0", "CHN"), "give one event id"),
    ],
)
def test_a_mistake_is_one_sentence(comity: Call, arguments: tuple[str, ...], says: str) -> None:
    code, _, err = comity("explain", *arguments)
    assert code == 2
    assert says in err and err.count("\n") == 1


def test_shares_add_up_where_events_are_against_each_other_and_of_a_forum(published: Settings) -> None:
    """Three events made up in a copy of the file: 8 x 1, 6 x 1/3 and -6.5 x 1 are 3.5."""
    path = Path(published.marts_link.resolve())
    with duckdb.connect(str(path)) as con:
        con.execute(
            """
            create temp table made as select * from events where event_code = '040';
            insert into events by name
            select made.* replace ('e' || i as event_id, [8.0, 6.0, -6.5, 1.0][i] as goldstein,
                [1, 1 / 3, 1, 1][i] as forum_weight, ['day', 'day', 'month', 'year'][i] as date_precision,
                'RUS' as source_actor, 'CHN' as target_actor) from made, range(1, 5) as r(i);
            update dyad_months set weighted_goldstein_sum = 3.5, event_count = 3
            where direction = 'b_to_a' and actor_a = 'CHN' and actor_b = 'RUS' and month = '2021-06-01';
            """
        )
    found = explain_period(published, "dyad-month", ("CHN", "RUS"), "2021-06", "b_to_a")
    assert [event["event_id"] for event in found["events"]] == ["e1", "e3", "e2"]
    assert [event["share"] for event in found["events"]] == pytest.approx([8 / 3.5, -6.5 / 3.5, 2 / 3.5], abs=1e-5)
    assert sum(event["share"] for event in found["events"]) == pytest.approx(1)
    assert sum(event["share_of_movement"] for event in found["events"]) == pytest.approx(1)
    assert found["unexplained_sum"] == pytest.approx(0, abs=1e-5)
    assert found["dated_too_coarsely"] == 1


def test_every_row_of_the_dyad_marts_is_explained_in_full(published: Settings) -> None:
    with duckdb.connect(str(published.marts_link.resolve()), read_only=True) as con:
        for period in ("day", "month", "year"):
            rows = con.execute(
                f"select actor_a, actor_b, direction, {period}::text, event_count from dyad_{period}s"
            ).fetchall()
            assert rows
            for actor_a, actor_b, direction, when, count in rows:
                form = {"day": 10, "month": 7, "year": 4}[period]
                found = explain_period(published, f"dyad-{period}", (actor_a, actor_b), when[:form], direction)
                assert len(found["events"]) == (count or 0)
                assert found["unexplained_sum"] == pytest.approx(0, abs=1e-9)
