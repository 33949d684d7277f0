"""Event data of others, from a feed on a local server and from files, into `raw`: what lands, what is told, what a
rerun does. Every delivery is real bytes through the real client, archive and table."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flows import slots, snapshots
from flows.event_data import EventReport, land_events
from flows.ids import content_id
from flows.settings import Settings
from flows.warehouse import open_warehouse
from sources.client import Client
from sources.fetched import Window
from sources.spec import FetchSpec, SourceSpec
from tests import event_files as make

NOON = Window(datetime(2021, 6, 28, 12), datetime(2021, 6, 28, 12, 45))
Landing = Callable[..., EventReport]


def source(**keys: Any) -> SourceSpec:
    """A declaration as it is once its file was read; what it may say is tested elsewhere."""
    fields = {"source_id": "feed", "reader": "gdelt", "licence": "open", "floor": 0, "ceiling": 10**9} | keys
    built = {name: info.get_default(call_default_factory=True) for name, info in SourceSpec.model_fields.items()}
    return SourceSpec.model_construct(_fields_set=set(fields), **(built | fields))


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(query).fetchall()


@pytest.fixture
def land(settings: Settings, tmp_path: Path) -> Landing:
    """Land files of one reader from a folder, as a run does."""

    def landed(reader: str, **files: bytes) -> EventReport:
        folder = tmp_path / "delivered"
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name.replace("__", ".")).write_bytes(data)
        with open_warehouse(settings) as con:
            return land_events(settings, source(source_id=reader, reader=reader, path=folder), con, "run")

    return landed


@pytest.fixture(autouse=True)
def _gone_is_gone(httpserver: HTTPServer) -> None:
    httpserver.no_handler_status_code = 404


class Mirror:
    """A mirror of GDELT 2.0: a good slot with a row of 60 columns, one whose checksum is wrong, one that is gone."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        original = "http://data.gdeltproject.org/gdeltv2/"
        self.good = make.zipped(
            "20210628120000.export.CSV", make.gdelt(make.gdelt_row(1), make.gdelt_row(2)[:-1], make.gdelt_row(3))
        )
        self.bad = make.zipped("20210628121500.export.CSV", make.gdelt(make.gdelt_row(4)))
        self.list = (
            make.listed(f"{original}20210628114500.export.CSV.zip", b"before the window")
            + make.listed(f"{original}20210628120000.export.CSV.zip", self.good)
            + make.listed(f"{original}20210628121500.export.CSV.zip", b"other bytes".ljust(len(self.bad)))
            + make.listed(f"{original}20210628123000.export.CSV.zip", b"never served")
            + make.listed(f"{original}20210628120000.gkg.csv.zip", b"not ours")
            + "a line of four parts\n"
        )
        self.serve()

    def serve(self) -> None:
        self.server.expect_request("/gdeltv2/masterfilelist.txt").respond_with_data(self.list)
        self.server.expect_request("/gdeltv2/20210628120000.export.CSV.zip").respond_with_data(self.good)
        self.server.expect_request("/gdeltv2/20210628121500.export.CSV.zip").respond_with_data(self.bad)

    def land(self, settings: Settings, window: Window = NOON) -> EventReport:
        fetch = FetchSpec(delay=0, retries=0, robots=False, allow_private=True)
        spec = source(url=self.server.url_for("/gdeltv2/"), fetch=fetch, include=["*.export.CSV.zip"])
        with open_warehouse(settings) as con, Client(fetch) as client:
            return land_events(settings, spec, con, "run", client, window)

    def asked(self) -> list[str]:
        paths = [request.path.rsplit("/", 1)[-1] for request, _ in self.server.log]
        self.server.clear_log()
        return paths


@pytest.fixture
def mirror(httpserver: HTTPServer) -> Iterator[Mirror]:
    yield Mirror(httpserver)


def test_a_mirror_of_gdelt_has_three_outcomes_and_a_row_in_quarantine(settings: Settings, mirror: Mirror) -> None:
    report = mirror.land(settings)
    assert (report.files, report.rows_new, report.rows_known, report.rows_bad) == (1, 2, 0, 1)
    # the list promised nothing for 12:45, the calendar does
    assert ask(settings, "select slot, state, document_count from ops.slots order by slot") == [
        ("20210628120000.export.CSV.zip", "landed", 2),
        ("20210628121500.export.CSV.zip", "corrupt", None),
        ("20210628123000.export.CSV.zip", "missing", None),
        ("20210628124500.export.CSV.zip", "missing", None),
    ]
    assert report.slots == {"landed": 1, "corrupt": 1, "missing": 2}
    assert ask(settings, "select GLOBALEVENTID, line_no, EventCode from raw.gdelt_events order by 1") == [
        (900000001, 1, "057"),
        (900000003, 3, "057"),
    ]
    url = mirror.server.url_for("/gdeltv2/")
    told = ask(settings, "select uri, stage, reason, detail from ops.issues order by stage, uri")
    assert [(uri.removeprefix(url), stage, reason) for uri, stage, reason, _ in told] == [
        ("20210628121500.export.CSV.zip", "fetch", "corrupt"),
        ("20210628123000.export.CSV.zip", "fetch", "not_found"),
        ("20210628124500.export.CSV.zip", "fetch", "not_found"),
        ("masterfilelist.txt", "fetch", "manifest"),
        ("20210628120000.export.CSV.zip#line=2", "import", "columns"),
    ]
    assert told[-1][-1] == "line 2 has 60 columns instead of 61"
    assert "1 lines of the list" in told[3][-1] and "line 6: a line of four parts" in told[3][-1]


def test_bytes_are_kept_even_of_what_cannot_be_used(settings: Settings, mirror: Mirror) -> None:
    mirror.land(settings)
    kept = ask(settings, "select snapshot_sha256 from ops.slots where snapshot_sha256 is not null order by slot")
    assert [snapshots.load(settings.snapshots_dir, sha256) for (sha256,) in kept] == [mirror.good, mirror.bad]


def test_a_rerun_fetches_what_lacks_and_adds_nothing(settings: Settings, mirror: Mirror) -> None:
    mirror.land(settings)
    mirror.asked()
    before = ask(settings, "select * exclude (last_seen_at) from ops.slots order by slot")
    report = mirror.land(settings)
    assert mirror.asked() == [
        "masterfilelist.txt",
        "20210628121500.export.CSV.zip",
        "20210628123000.export.CSV.zip",
    ]
    assert (report.rows_new, report.issues_new) == (0, 0)
    assert ask(settings, "select * exclude (last_seen_at) from ops.slots order by slot") == before
    assert ask(settings, "select count(*) from raw.gdelt_events") == [(2,)]


def test_what_was_missing_or_corrupt_lands_when_it_comes(settings: Settings, mirror: Mirror) -> None:
    mirror.land(settings)
    late = make.zipped("20210628123000.export.CSV", make.gdelt(make.gdelt_row(5)))
    mirror.server.clear()
    url = "http://data.gdeltproject.org/gdeltv2/"
    mirror.list = "".join(
        make.listed(f"{url}{name}.export.CSV.zip", data)
        for name, data in (("20210628120000", mirror.good), ("20210628121500", mirror.bad), ("20210628123000", late))
    )
    mirror.serve()
    mirror.server.expect_request("/gdeltv2/20210628123000.export.CSV.zip").respond_with_data(late)
    report = mirror.land(settings)
    assert (report.rows_new, report.slots) == (2, {"landed": 3, "missing": 1})
    still_open = "select uri from ops.issues where resolved_at is null and reason <> 'manifest' order by uri"
    assert [uri.rsplit("/", 1)[-1] for (uri,) in ask(settings, still_open)] == [
        "20210628120000.export.CSV.zip#line=2",
        "20210628124500.export.CSV.zip",
    ]


def test_trying_issues_again_lands_no_bytes_that_were_refused(
    settings: Settings, mirror: Mirror, tmp_path: Path
) -> None:
    from flows.retry import retry_issues

    mirror.land(settings)
    folder = tmp_path / "declared"
    folder.mkdir()
    (folder / "feed.yml").write_text(
        f"reader: gdelt\nurl: {mirror.server.url_for('/gdeltv2/')}\nlicence: open\nfloor: 0\nceiling: 100\n"
    )
    retry_issues(settings.model_copy(update={"sources_dir": folder}))
    assert ask(settings, "select count(*) from raw.gdelt_events") == [(2,)]
    assert ask(settings, "select state from ops.slots order by slot") == [
        ("landed",), ("corrupt",), ("missing",), ("missing",)
    ]  # fmt: skip


def test_the_newest_slot_is_landed_and_the_hole_before_it_is_told(settings: Settings, httpserver: HTTPServer) -> None:
    url = "http://data.gdeltproject.org/gdeltv2/"
    for number, stamp in enumerate(("20210628120000", "20210628124500")):
        events = make.zipped(f"{stamp}.export.CSV", make.gdelt(make.gdelt_row(number)))
        mentions = make.zipped(f"{stamp}.mentions.CSV", make.gdelt(make.mention_row(900_000_000 + number, 70)))
        httpserver.clear()
        httpserver.expect_request("/v2/lastupdate.txt").respond_with_data(
            make.listed(f"{url}{stamp}.export.CSV.zip", events)
            + make.listed(f"{url}{stamp}.mentions.CSV.zip", mentions)
            + make.listed(f"{url}{stamp}.gkg.csv.zip", b"not ours")
        )
        httpserver.expect_request(f"/v2/{stamp}.export.CSV.zip").respond_with_data(events)
        httpserver.expect_request(f"/v2/{stamp}.mentions.CSV.zip").respond_with_data(mentions)
        fetch = FetchSpec(delay=0, retries=0, robots=False, allow_private=True)
        spec = source(url=httpserver.url_for("/v2/lastupdate.txt"), fetch=fetch)
        with open_warehouse(settings) as con, Client(fetch) as client:
            report = land_events(settings, spec, con, "run", client, Window())
        assert (report.rows_new, report.slots) == (2, {"landed": 2})
    assert report.problems == [
        "feed: 4 slots from 20210628121500.export.CSV.zip to 20210628123000.mentions.CSV.zip are not here; "
        "fetch them with --since"
    ]
    with open_warehouse(settings) as con:
        assert slots.tally(con, "feed") == {"landed": 4, "missing": 4}
    assert ask(settings, "select GLOBALEVENTID, Confidence from raw.gdelt_mentions order by 1") == [
        (900000000, 70),
        (900000001, 70),
    ]


def test_a_server_that_is_down_leaves_slots_late_and_not_missing(settings: Settings, httpserver: HTTPServer) -> None:
    data = make.zipped("20210628120000.export.CSV", make.gdelt(make.gdelt_row(1)))
    httpserver.expect_request("/v2/masterfilelist.txt").respond_with_data(
        make.listed("http://x/20210628120000.export.CSV.zip", data)
    )
    httpserver.expect_request("/v2/20210628120000.export.CSV.zip").respond_with_data("no", status=500)
    fetch = FetchSpec(delay=0, retries=0, robots=False, allow_private=True)
    spec = source(url=httpserver.url_for("/v2/"), fetch=fetch)
    with open_warehouse(settings) as con, Client(fetch) as client:
        report = land_events(settings, spec, con, "run", client, Window(NOON.since, NOON.since))
    assert report.slots == {"late": 1}


def test_the_daily_feed_of_version_one(settings: Settings, httpserver: HTTPServer) -> None:
    narrow = [[cell for name, cell in zip(make.EVENTS.names(), make.gdelt_row(n, DATEADDED=20210628), strict=True)
               if not name.endswith("ADM2Code")] for n in (1, 2)]  # fmt: skip
    data = make.zipped("20210628.export.CSV", make.gdelt(*narrow))
    md5 = make.listed("u", data).split()[1]
    httpserver.expect_request("/events/md5sums").respond_with_data(f"{md5}  20210628.export.CSV.zip\n")
    httpserver.expect_request("/events/20210628.export.CSV.zip").respond_with_data(data)
    fetch = FetchSpec(delay=0, retries=0, robots=False, allow_private=True)
    spec = source(url=httpserver.url_for("/events/"), fetch=fetch, version="1.0")
    with open_warehouse(settings) as con, Client(fetch) as client:
        window = Window(datetime(2021, 6, 28), datetime(2021, 6, 29))
        report = land_events(settings, spec, con, "run", client, window)
    assert (report.rows_new, report.slots) == (2, {"landed": 1, "missing": 1})
    assert ask(settings, "select ActionGeo_ADM2Code, ActionGeo_Lat, DATEADDED from raw.gdelt_events limit 1") == [
        (None, 39.9289, 20210628)
    ]


def test_older_forms_of_gdelt_are_told_by_their_columns(settings: Settings, land: Landing) -> None:
    wide = make.gdelt_row(1)
    narrow = [c for n, c in zip(make.EVENTS.names(), wide, strict=True) if not n.endswith("ADM2Code")]
    report = land(
        "gdelt", a__CSV=make.gdelt(narrow), b__CSV=make.gdelt(narrow[:-1]), c__CSV=make.gdelt(make.mention_row(1, 50))
    )
    assert (report.rows_new, report.rows_bad) == (3, 0)
    assert ask(settings, "select uri, ActionGeo_FeatureID, SOURCEURL from raw.gdelt_events order by uri") == [
        ("delivered/a.CSV", "-1898541", "https://news.example.org/1"),
        ("delivered/b.CSV", "-1898541", None),
    ]
    assert ask(settings, "select uri, MentionDocTone from raw.gdelt_mentions") == [("delivered/c.CSV", -1.5)]


BROKEN = [  # what is wrong, the bytes of line 2, the reason and what is said of it
    ("too few", b"\t".join([b"1"] * 60), "columns", "line 2 has 60 columns instead of 61"),
    ("too many", b"\t".join([b"1"] * 62), "columns", "line 2 has 62 columns instead of 61"),
    ("not UTF-8", make.gdelt(make.gdelt_row(2, Actor1Name="X")).strip().replace(b"X", b"\xe9"), "encoding",
     "line 2 is not utf-8 (byte E9 at 48 of the line)"),
    ("a number that is none", make.gdelt(make.gdelt_row(2, NumMentions="many")).strip(), "value",
     "line 2: NumMentions is 'many', which is no integer"),
    ("a NUL", make.gdelt(make.gdelt_row(2, Actor1Name="A\0B")).strip(), "control",
     "line 2 holds a control character that ends lines or texts"),
    ("a lone return", make.gdelt(make.gdelt_row(2, Actor1Name="A\rB")).strip(), "control",
     "line 2 holds a control character that ends lines or texts"),
    ("endless", make.gdelt(make.gdelt_row(2, Actor1Name="A" * 1_000_001)).strip(), "too_large",
     "line 2 has over 1000000 bytes; is it text at all?"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "reason", "detail"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_line_costs_itself_only(
    settings: Settings, land: Landing, line: bytes, reason: str, detail: str
) -> None:
    data = make.gdelt(make.gdelt_row(1)) + line + b"\n\n" + make.gdelt(make.gdelt_row(3, Actor1Name='"quoted'))
    report = land("gdelt", a__CSV=data)
    assert (report.rows_new, report.rows_bad) == (2, 1)
    landed = ask(settings, "select line_no, Actor1Name from raw.gdelt_events order by 1")
    assert landed == [(1, "CHINA"), (4, '"quoted')]
    assert ask(settings, "select uri, stage, reason, detail, snapshot_sha256 is not null from ops.issues") == [
        ("delivered/a.CSV#line=2", "import", reason, detail, True)
    ]


def test_a_file_of_another_form_is_corrupt_and_lands_nothing(settings: Settings, land: Landing) -> None:
    report = land("gdelt", a__CSV=b"one\ttwo\n" * 500, b__zip=b"PK\x03\x04 and no archive", c__CSV=b"")
    assert (report.rows_new, report.slots) == (0, {"corrupt": 2, "empty": 1})
    assert [row[0] for row in ask(settings, "select reason from ops.issues order by uri")] == [
        "unsupported",
        "unreadable",
    ]


def test_a_thousand_broken_lines_are_not_a_thousand_issues(settings: Settings, land: Landing) -> None:
    data = make.gdelt(make.gdelt_row(1)) * 600 + b"x\ty\n" * 500
    report = land("gdelt", a__CSV=data)
    assert (report.rows_new, report.rows_known, report.rows_bad) == (1, 599, 500)
    assert ask(settings, "select count(*), count(*) filter (where reason = 'many_lines') from ops.issues") == [(101, 1)]


def test_landing_twice_adds_nothing_and_a_re_issue_adds_what_changed(settings: Settings, land: Landing) -> None:
    rows = [make.gdelt_row(number) for number in range(5)]
    assert land("gdelt", a__CSV=make.gdelt(*rows)).rows_new == 5
    again = land("gdelt", a__CSV=make.gdelt(*rows))
    assert (again.rows_new, again.rows_known) == (0, 5)
    rows[2] = make.gdelt_row(2, NumMentions=9)
    changed = land("gdelt", a__CSV=make.gdelt(*rows))
    assert (changed.rows_new, changed.rows_known) == (1, 4)
    renamed = land("gdelt", b__gz=gzip.compress(make.gdelt(*rows)))
    assert (renamed.rows_new, renamed.rows_known) == (0, 10)
    counts = "select count(*), count(distinct row_id), count(distinct GLOBALEVENTID) from raw.gdelt_events"
    assert ask(settings, counts) == [(6, 6, 5)]


def test_a_key_is_the_hash_of_source_table_and_line(settings: Settings, land: Landing) -> None:
    row = make.gdelt_row(1)
    land("gdelt", a__CSV=make.gdelt(row))
    key = content_id("gdelt", "raw.gdelt_events", "\t".join(row))
    assert ask(settings, "select row_id from raw.gdelt_events") == [(key,)]


ICEWS = {
    "event_id": "22201111", "event_date": "2021-06-28", "source_name": "Xi Jinping",
    "source_sectors": "Government,Executive", "source_country": "China",
    "event_text": "Sign formal agreement", "cameo_code": "057", "intensity": "8.0",
    "target_name": "United Nations", "target_country": "NULL", "story_id": "777", "sentence_number": "2",
}  # fmt: skip


def test_icews_has_a_header_and_its_own_words_for_nothing(settings: Settings, land: Landing) -> None:
    two = ICEWS | {"event_date": "2021-06-29"}
    data = make.zipped("events.2021.tab", make.icews_file(ICEWS, two, two).replace(b"\n", b"\r\n"))
    report = land("icews", a__zip=data)
    assert (report.rows_new, report.rows_known, report.rows_bad, report.problems) == (2, 1, 0, [])
    assert ask(
        settings, "select event_id, event_date, line_no, cameo_code, target_country, latitude from raw.icews_events"
    ) == [(22201111, "2021-06-28", 2, "057", None, None), (22201111, "2021-06-29", 3, "057", None, None)]


def test_a_lost_column_is_told_and_its_events_have_none(settings: Settings, land: Landing) -> None:
    table = [line.split("\t") for line in make.icews_file(ICEWS).decode().splitlines()]
    cameo = table[0].index("CAMEO Code")
    data = "\n".join("\t".join(row[:cameo] + row[cameo + 1 :]) for row in table).encode()
    report = land("icews", a__tab=data)
    assert report.rows_new == 1
    assert report.problems == ["delivered/a.tab: its header lacks cameo_code; its events have none"]
    assert ask(settings, "select cameo_code, intensity from raw.icews_events") == [(None, 8.0)]


def test_polecat_is_latin_with_surplus_names_and_trailing_tabs(settings: Settings, land: Landing) -> None:
    row = {"event_id": "USA-1", "event_date": "2021-06-28", "event_type": "CONSULT", "intensity": "2.5",
           "actor_name": "Réunion", "actor_country": "FRA", "contexts": "diplomatic;military"}  # fmt: skip
    header, line = make.polecat_file(row).decode("iso8859-1").splitlines()
    data = f"{header}\tFeature Code\tSpare\n{line}\t\t\n{line.replace('USA-1', 'USA-2')}\n{line}\tsurplus\n"
    report = land("polecat", a__txt=data.replace("\tIntensity", "\tEvent Intensity").encode("iso8859-1"))
    assert (report.rows_new, report.rows_bad) == (2, 1)
    assert ask(
        settings, "select event_id, actor_name, intensity, city, contexts from raw.polecat_events order by 1"
    ) == [
        ("USA-1", "Réunion", 2.5, None, "diplomatic;military"),
        ("USA-2", "Réunion", 2.5, None, "diplomatic;military"),
    ]
    assert report.problems == [
        "delivered/a.txt#line=4: line 4 has 41 columns instead of 40",
        "delivered/a.txt: its header has Feature Code, Spare besides, which have no column here",
    ]


def test_phoenix_has_26_fields(settings: Settings, land: Landing) -> None:
    row = {"event_id": "12_v1", "date": "20210628", "year": "2021", "month": "06", "day": "28", "event_code": "057",
           "source_root": "CHN", "target_root": "RUS", "quad_class": "1", "sentence_ids": "a;b"}  # fmt: skip
    report = land("phoenix", events__txt=make.phoenix_file(row))
    assert (report.rows_new, report.rows_bad) == (1, 0)
    assert ask(settings, "select event_id, month, event_code, sentence_ids, lat from raw.phoenix_events") == [
        ("12_v1", 6, "057", "a;b", None)
    ]


def test_plover_is_json_and_what_it_says_beside_is_kept(settings: Settings, land: Landing) -> None:
    record = {
        "id": "p1", "date": "2021-06-28", "actor": [{"code": "CHN", "sector": "GOV"}], "event": ["AGREE"],
        "event text": "signed\tit\nall", "event scale": 2.5, "own": {"deep": [1, "ü"]},
    }  # fmt: skip
    lacking = {"id": "p2", "date": "2021-06-28", "actor": []}
    data = make.plover_file(record, lacking) + b'{"id": NaN}\n[1]\nnot json\n' + b"[" * 100_000 + b"\n"
    report = land("plover", a__jsonl=data)
    assert (report.rows_new, report.rows_bad) == (1, 5)
    assert ask(settings, "select id, event_text, event_scale, record ->> '$.own.deep[1]', actor ->> '$[0].code'"
               " from raw.plover_events") == [("p1", "signed\tit\nall", 2.5, "ü", "CHN")]  # fmt: skip
    told = ask(settings, "select detail from ops.issues order by uri")
    assert told[0] == ("line 2 lacks actor, event; PLOVER requires it",)
    assert land("plover", a__jsonl=data + b"\n").rows_new == 0


def test_an_archive_that_expands_too_far_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(make.zipped("a.csv", b"0" * 3_000_000))
    spec = source(path=path, max_bytes=10_000)
    with open_warehouse(settings) as con:
        report = land_events(settings, spec, con, "run")
    assert report.slots == {"corrupt": 1}
    assert "40 times max_bytes" in report.problems[0]
