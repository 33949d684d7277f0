"""Copies are told apart from texts that are merely alike, and the first of a cluster stays the first."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from flows import duplicates
from flows.duplicates import compare_new
from flows.ingest import ingest_path
from flows.settings import PROJECT, Settings
from flows.warehouse import insert_new, open_warehouse, utc_now

VOCABULARY = " ".join(
    file.read_text("utf-8") for file in sorted((PROJECT / "sources" / "samples").glob("*.txt"))
).split()


def made(random_: random.Random, count: int = 500) -> list[str]:
    return [random_.choice(VOCABULARY) for _ in range(count)]


def shared(one: list[str], other: list[str]) -> float:
    triples = [{tuple(text[n : n + 3]) for n in range(len(text) - 2)} for text in (one, other)]
    return len(triples[0] & triples[1]) / len(triples[0] | triples[1])


def land(con: Any, texts: dict[str, str], **more: Any) -> None:
    rows = [
        {
            "document_id": name, "source_id": "s", "uri": name, "part_no": 1, "published_precision": "unknown",
            "published_basis": "unknown", "retrieved_at": utc_now(), "snapshot_sha256": "x", "media_type": "text/plain",
            "text": text, "published_date": None,
        }
        | more.get(name, {})
        for name, text in texts.items()
    ]  # fmt: skip
    insert_new(con, "raw.documents", rows)


def clusters(con: Any) -> dict[str, tuple[str | None, str | None]]:
    rows = con.execute("select document_id, duplicate_of, kind from ops.duplicates order by 1").fetchall()
    return {name: (original, kind) for name, original, kind in rows}


def test_what_counts_as_a_copy(settings: Settings) -> None:
    chance = random.Random(5)
    text = made(chance)
    three = list(text)
    for place in (50, 250, 450):
        three[place] = "otherwise"
    texts = {
        "a-original": " ".join(text),
        "b-same-words": "  " + ", ".join(word.upper() for word in text) + ".\n",
        "c-three-changed": " ".join(three),
        "d-a-fifth-added": " ".join(text + made(chance, 100)),
        "e-cut-by-a-fifth": " ".join(text[:400]),
        "f-half-the-same": " ".join(text[:250] + made(chance, 250)),
        "g-another": " ".join(made(chance)),
        "h-short": "China met Russia in Delhi on Monday.",
        "i-short-other-name": "China met Russia in Delhi on Tuesday.",
        "j-short-same": "China met Russia in Delhi, on Monday!",
    }
    with open_warehouse(settings) as con:
        land(con, texts)
        assert compare_new(con) == 5
        found = clusters(con)
        assert {name: found[name] for name in found if found[name][0]} == {
            "b-same-words": ("a-original", "exact"),
            "c-three-changed": ("a-original", "near"),
            "d-a-fifth-added": ("a-original", "near"),
            "e-cut-by-a-fifth": ("a-original", "near"),
            "j-short-same": ("h-short", "exact"),
        }
        assert compare_new(con) == 0 and clusters(con) == found  # each is compared once
        assert con.execute("select count(*) from raw.documents").fetchone() == (10,)


def test_accuracy_on_generated_copies(settings: Settings) -> None:
    """Of copies that share 0.8 of their triples or more none is missed, and nothing is taken for one that is none."""
    chance = random.Random(7)
    texts: dict[str, str] = {}
    originals: dict[str, str | None] = {}
    for number in range(150):
        text = made(chance)
        texts[f"o{number:03}"] = " ".join(text)
        for rate in (0.006, 0.02, 0.035):
            name = f"p{number:03}-{rate}"
            copy = [chance.choice(VOCABULARY) if chance.random() < rate else word for word in text]
            texts[name] = " ".join(copy)
            originals[name] = f"o{number:03}" if shared(text, copy) >= 0.8 else None
    with open_warehouse(settings) as con:
        land(con, texts)
        compare_new(con)
        found = {name: original for name, (original, _) in clusters(con).items() if original}
    surely = {name: original for name, original in originals.items() if original}
    assert len(surely) > 350
    assert {name: found.get(name) for name in surely} == surely
    assert all(original[1:4] == name[1:4] for name, original in found.items())


def test_the_first_of_a_cluster_stays_it(settings: Settings) -> None:
    """Whatever comes later joins: an update, an update of that, an earlier print, and what is near to two."""
    chance = random.Random(9)
    text = made(chance)
    second = text[:500] + made(chance, 120)
    third = second[:] + made(chance, 150)
    with open_warehouse(settings) as con:
        land(con, {"m-first": " ".join(text)}, **{"m-first": {"published_date": "2021-06-28"}})
        compare_new(con)
        land(con, {"z-update": " ".join(second)}, **{"z-update": {"published_date": "2021-06-29"}})
        compare_new(con)
        land(con, {"a-earlier": " ".join(text)}, **{"a-earlier": {"published_date": "2021-06-01"}})
        land(con, {"b-further": " ".join(third)})
        compare_new(con)
        assert {name: original for name, (original, _) in clusters(con).items()} == {
            "m-first": None, "z-update": "m-first", "a-earlier": "m-first", "b-further": "m-first",
        }  # fmt: skip


def test_the_earliest_published_leads_what_is_compared_together(settings: Settings) -> None:
    text = " ".join(made(random.Random(3)))
    days = {"a-wire": "2021-06-30", "b-ministry": "2021-06-28", "c-undated": None}
    with open_warehouse(settings) as con:
        land(con, dict.fromkeys(days, text), **{name: {"published_date": day} for name, day in days.items()})
        compare_new(con)
        assert {name: original for name, (original, _) in clusters(con).items()} == {
            "a-wire": "b-ministry", "b-ministry": None, "c-undated": "b-ministry",
        }  # fmt: skip


def test_chunks_change_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(11)
    texts = {}
    for number in range(40):
        text = made(chance, 200)
        texts[f"{number:02}-a"] = " ".join(text)
        texts[f"{number:02}-b"] = " ".join(text[:190])
        texts[f"{number:02}-c"] = " ".join(text + made(chance, 20))
    with open_warehouse(settings) as con:
        land(con, texts)
        compare_new(con)
        whole = clusters(con)
        con.execute("delete from ops.duplicates")
        monkeypatch.setattr(duplicates, "_CHUNK_DOCUMENTS", 7)
        compare_new(con)
        assert clusters(con) == whole
        assert sum(original is not None for original, _ in whole.values()) == 80


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert duplicates.words("中国和 俄罗斯 signed Pact-2") == [*"中国和俄罗斯", "signed", "pact", "2"]


def test_an_ingest_compares_and_a_rerun_finds_nothing_new(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    text = " ".join(made(random.Random(1), 120))
    (folder / "2021-06-28_first.txt").write_text(f"Post\n\n{text}\n")
    (folder / "2021-06-29_wire.txt").write_text(f"Wire agency\n\n{text}\n")
    ingest_path(settings, folder)
    query = (
        "select documents.uri, kind, originals.uri from ops.duplicates join raw.documents using (document_id) "
        "left join raw.documents as originals on originals.document_id = duplicates.duplicate_of order by 1"
    )
    with open_warehouse(settings) as con:
        first = con.execute(query).fetchall()
        assert first == [
            ("texts/2021-06-28_first.txt", None, None),
            ("texts/2021-06-29_wire.txt", "near", "texts/2021-06-28_first.txt"),
        ]
    ingest_path(settings, folder)
    with open_warehouse(settings) as con:
        assert con.execute(query).fetchall() == first
