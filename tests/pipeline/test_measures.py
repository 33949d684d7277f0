"""Random histories of four actors: the measures of the dyad marts against plain loops in Python (tests/measures.py)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.warehouse import insert_new
from tests import measures
from tests.pipeline.test_dbt_project import ROOT, ask, complaints, dbt

CODES = ("010", "036", "040", "042", "057", "062", "073", "0841", "111", "1246", "138", "163", "190")
CLOSE = 1e-9
NOW = "2026-01-01"
CODED = {"coder_version": "1", "dictionary_hash": "h", "coded_at": NOW}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with random mentions of five years, built; three half-lives of silence lie within."""
    draw = random.Random(7)
    path = tmp_path_factory.mktemp("measures") / "warehouse.duckdb"
    documents: list[dict[str, Any]] = []
    sentences: list[dict[str, Any]] = []
    codings: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    for n in range(160):
        document = f"d{n:03}"
        published = date(2017, 1, 1) + timedelta(days=draw.choice([draw.randrange(400), 900 + draw.randrange(700)]))
        known = draw.random() < 0.9
        text = "\n".join(f"Sentence {k} of {document}." for k in range(6))
        documents.append(
            {
                "document_id": document,
                "source_id": "tests",
                "uri": "x",
                "part_no": 1,
                "text": text,
                "publisher": f"p{n % 5}",
                "published_date": published if known else None,
                "published_precision": "day" if known else "unknown",
                "published_basis": "metadata",
                "retrieved_at": NOW,
                "snapshot_sha256": "abc",
                "media_type": "text/plain",
            }
        )
        codings.append(
            {
                "coding_id": f"c{n}",
                "document_id": document,
                "model_id": "m",
                "sentence_count": 6,
                "parsed_count": 6,
                "mention_count": 6,
            }
            | CODED
        )
        for k in range(6):
            start = text.index(f"Sentence {k}")
            sentences.append(
                {
                    "sentence_id": f"{document}.{k}",
                    "document_id": document,
                    "sentence_no": k,
                    "char_start": start,
                    "char_end": start + len(f"Sentence {k} of {document}."),
                    "kind": "body",
                    "text": "text",
                }
            )
            for one in range(draw.choice([0, 1, 1, 2, 4])):
                source, target = draw.sample(["CHN", "RUS", "IND", "---"], 2)
                precision = draw.choice(["day"] * 6 + ["month", "year", "unknown"])
                day = published - timedelta(days=draw.randrange(60))
                first = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}.get(precision)
                last = measures.step(first, precision) - timedelta(days=1) if first and precision != "day" else first
                basis = draw.choice(["text", "published", "anchor"]) if first else "unknown"
                forum = "IGOSCO" if draw.random() < 0.3 else None
                mentions.append(
                    {
                        "mention_id": f"{document}.{k}.{one}",
                        "coding_id": f"c{n}",
                        "sentence_id": f"{document}.{k}",
                        "document_id": document,
                        "source_actor": source,
                        "target_actor": target,
                        "event_code": draw.choice(CODES),
                        "event_date_start": first,
                        "event_date_end": last,
                        "date_precision": precision,
                        "date_basis": basis,
                        "event_status": "occurred" if draw.random() < 0.9 else "future",
                        "forum": forum,
                        "confidence": round(draw.random(), 3),
                        "pattern_id": "p",
                        "decided_by": "pattern",
                    }
                    | CODED
                )
    with duckdb.connect(str(path)) as con:
        con.execute((ROOT / "flows" / "schema.sql").read_text(encoding="utf-8"))
        insert_new(con, "raw.documents", documents)
        insert_new(con, "raw.sentences", sentences)
        insert_new(con, "ops.codings", codings)
        insert_new(con, "raw.event_mentions", mentions)
    wanted = "+dyad_days +dyad_months +dyad_years"
    result = dbt(
        path, "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", "--select", wanted
    )
    assert complaints(result, path) == {}
    return path


@pytest.fixture(scope="module")
def events(built: Path) -> list[measures.Event]:
    rows = ask(
        built,
        "select e.source_actor, e.target_actor, e.event_date, e.date_precision, e.quad_class, e.goldstein, "
        "e.forum_states, list(distinct m.original_document_id) "
        "from marts.events e join marts.event_mentions m using (event_id) group by all",
    )
    return [measures.Event(*row[:7], tuple(sorted(row[7]))) for row in rows]


def rows_of(path: Path, mart: str) -> Iterator[dict[str, Any]]:
    with duckdb.connect(str(path), read_only=True) as con:
        cursor = con.execute(f"from marts.{mart} order by actor_a, actor_b, direction, {mart[5:-1]}")
        names = [column[0] for column in cursor.description or []]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def near(found: float | None, expected: float | None) -> bool:
    return found == expected if found is None or expected is None else abs(found - expected) < CLOSE


@pytest.mark.parametrize("period", ["day", "month", "year"])
def test_each_row_is_what_a_loop_over_its_events_says(built: Path, events: list[measures.Event], period: str) -> None:
    found = measures.cells(events, period)
    daily = measures.cells(events, "day")
    seen = 0
    for row in rows_of(built, f"dyad_{period}s"):
        key = (row["actor_a"], row["actor_b"], row["direction"], row[period])
        mine = found.get(key, [])
        m0 = measures.prior(found, key, period)
        bounds = measures.interval(mine, m0) or (None, None)
        end = measures.step(row[period], period) - timedelta(days=1)
        if row["event_count"] is None:
            assert not mine and row["docs_processed"] + row["docs_covering"] == 0
            assert row["weighted_goldstein_sum"] is None and row["shrunk_mean"] is None
        else:
            assert row["event_count"] == len(mine)
            assert row["document_count"] == len({d for e in mine for d in e.documents})
            assert near(row["weighted_goldstein_sum"], measures.weighted_sum(mine))
            assert near(row["weighted_goldstein_mean"], measures.mean(mine))
            assert near(row["shrunk_mean"], measures.shrunk(mine, m0)), key
            bilateral = [e for e in mine if e.forum_states == 2]
            assert near(row["bilateral_goldstein_sum"], sum(e.score or 0 for e in bilateral))
            read = max(row["docs_processed"], measures.LEAST_DOCUMENTS) if row["docs_processed"] else None
            assert near(row["volume_adjusted"], 1000 * measures.weighted_sum(mine) / read if read else None)
        assert near(row["ci_low"], bounds[0]) and near(row["ci_high"], bounds[1]), key
        for half_life in (7, 30, 90):
            assert near(row[f"ew_{half_life}"], measures.level(daily, key[:3], end, half_life, False)), (key, half_life)
        assert near(row["ew_weight_30"], measures.level(daily, key[:3], end, 30, True))
        ab, ba = (measures.mean(found.get((*key[:2], d, key[3]), [])) for d in ("a_to_b", "b_to_a"))
        assert near(row["asymmetry"], ab - ba if ab is not None and ba is not None else None)
        seen += len(mine)
    assert seen == sum(len(es) for es in found.values()) > 100


@pytest.mark.parametrize("period", ["month", "year"])
def test_series_look_back_as_a_loop_does(built: Path, period: str) -> None:
    series: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows_of(built, f"dyad_{period}s"):
        series.setdefault((row["actor_a"], row["actor_b"], row["direction"]), []).append(row)
    flags = 0
    for rows in series.values():
        assert [row[period] for row in rows] == [measures.step(rows[0][period], period, n) for n in range(len(rows))]
        flows = [row["weighted_goldstein_sum"] for row in rows]
        levels = measures.accumulated(max(-9, min(9, (x or 0) / measures.UNIT)) for x in flows)
        back = 24 if period == "month" else 10
        zs = [
            measures.robust_z(x, [p for p in flows[max(0, n - back) : n] if p is not None]) for n, x in enumerate(flows)
        ]
        for row, at, z, sums in zip(rows, levels, zs, measures.cusums(zs), strict=True):
            assert near(row["tsinghua_style"], at) and near(row["robust_z"], z) and near(row["cusum"], sums)
            assert row["cusum_flag"] == (sums > 5) and row["is_outlier"] == (None if z is None else abs(z) > 3.5)
            flags += z is not None
    assert flags > 0 or period == "year"
