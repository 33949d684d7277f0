"""The quality page: one file that a browser opens without a network, with all that the run's checks said."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.suite import CheckResult
from flows.check import check, keep_results
from flows.commands.checking import quality
from flows.errors import InputError
from flows.quality_page import HISTORY_RUNS, quality_dir, write_page
from flows.settings import Settings
from flows.warehouse import open_warehouse

NASTY = "<script>alert('1')</script> & \"quoted\" 数据"
REASON = "A check is there for a reason."
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass
class Node:
    """An element of a page, with its own text and what it holds."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str = "", **attributes: str) -> list[Node]:
        """Every element below that is such; without a tag all of them."""
        found = [
            child
            for child in self.children
            if tag in ("", child.tag) and all(child.attributes.get(name) == value for name, value in attributes.items())
        ]
        return [*found, *(one for child in self.children for one in child.all(tag, **attributes))]

    @property
    def whole_text(self) -> str:
        return " ".join(" ".join([self.text, *(child.whole_text for child in self.children)]).split())


class Tree(HTMLParser):
    """Reads a page and refuses one whose elements do not close in order."""

    void = ("meta", "link", "br", "rect", "polyline", "polygon")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert [node.tag for node in self.open] == [""], "elements left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute twice in {tag}"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in self.void or tag == "rect":
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag == "rect":
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{tag} closes {self.open[-1].tag}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def read(path: Path) -> Node:
    return Tree(path.read_text(encoding="utf-8")).root


def article(page: Node, check_id: str) -> Node:
    (found,) = page.all("article", id=check_id)
    return found


def measure(value: float, *, is_outside: bool) -> dict[str, object]:
    bounds = {"low": None, "high": 0.2, "history_days": 9, "basis": "weekdays"}
    return {"group_key": "all", "day": "2026-01-02", "value": value, **bounds, "is_outside": is_outside}


def outcomes(share: float) -> list[CheckResult]:
    """What a run's checks said: one passed, one measured, one failed, one told nothing."""
    rows = tuple({"event_id": f"e{number}", "note": NASTY} for number in range(3))
    is_high = share > 0.2
    return [
        CheckResult("events", "good", "stop", "passed", REASON, observed="0 of 9 rows"),
        CheckResult("events", "bad", "stop", "failed", REASON, "3", 3, rows),
        CheckResult("events", "broken", "warn", "could_not_run", REASON, error=f"no column {NASTY}"),
        CheckResult(
            *("mentions", "share", "warn", "failed" if is_high else "passed", REASON),
            observed=f"{share}, usual up to 0.2 (9 weekdays)",
            failing_count=1 if is_high else None,
            measures=(measure(share, is_outside=is_high),),
        ),
    ]


@pytest.fixture
def three_runs(settings: Settings) -> Settings:
    """A home in which three runs checked."""
    for number, share in enumerate((0.1, 0.15, 0.4), start=1):
        keep_results(settings, f"20260101T00000{number}-aaaa", outcomes(share))
        write_page(settings)
    return settings


def test_a_page_tells_every_check_with_outcome_reason_sample_and_history(three_runs: Settings) -> None:
    page = read(quality_dir(three_runs) / "index.html")
    assert page.all("span", id="run")[0].text == "20260101T000003-aaaa"
    counts = [one.text for one in page.all("p", id="counts")[0].all("span")]
    assert counts == ["1 passed", "2 failed", "1 could not run"]
    verdict = page.all("p", id="verdict")[0].text
    assert verdict == "Withheld: analysts keep the last good file, because of events.bad."
    order = [one.attributes["id"] for one in page.all("article")]
    assert order == ["events.bad", "events.broken", "mentions.share", "events.good"], "what needs a person comes first"

    bad = article(page, "events.bad")
    assert (bad.attributes["data-outcome"], bad.attributes["data-severity"]) == ("failed", "stop")
    assert REASON in bad.whole_text
    assert [cell.text for cell in bad.all("td")] == ["e0", NASTY, "e1", NASTY, "e2", NASTY]
    assert bad.all("caption")[0].text == "3 of 3 rows that failed"
    assert [one.attributes["class"] for one in bad.all("rect")] == ["failed"] * 3
    assert "open" in bad.all("details")[0].attributes
    assert "open" not in article(page, "events.good").all("details")[0].attributes
    assert f"It told nothing about the data: no column {NASTY}" in article(page, "events.broken").whole_text

    share = article(page, "mentions.share")
    assert [one.attributes["class"] for one in share.all("rect")] == ["passed", "passed", "failed"]
    assert "0.15, usual up to 0.2" in share.all("title")[1].text
    assert [cell.text for cell in share.all("td")][:5] == ["all", "0.4", "", "0.2", "learned from 9 weekdays"]
    points = share.all("polyline")[0].attributes["points"].split()
    assert points == ["3.0,28.5", "120.0,24.2", "237.0,3.0"], "0.1, 0.15 and 0.4 of 0.4, left to right"


def test_each_run_keeps_its_own_page_and_links_the_others(three_runs: Settings) -> None:
    folder = quality_dir(three_runs)
    first = read(folder / "20260101T000001-aaaa.html")
    assert first.all("span", id="run")[0].text == "20260101T000001-aaaa"
    links = [one.attributes["href"] for one in read(folder / "index.html").all("a")]
    assert links == [f"20260101T00000{number}-aaaa.html" for number in (3, 2, 1)]
    assert all((folder / link).is_file() for link in links)
    again = write_page(three_runs, "20260101T000001-aaaa")
    assert len(article(read(again), "events.good").all("rect")) == 1, "a run's page knows nothing of later runs"
    assert read(folder / "index.html").all("span", id="run")[0].text == "20260101T000003-aaaa"


def test_a_page_needs_nothing_else_and_runs_nothing(three_runs: Settings) -> None:
    text = (quality_dir(three_runs) / "index.html").read_text(encoding="utf-8")
    page = Tree(text).root
    assert page.all("script") == []
    for node in [*page.all("link"), *page.all("a"), *page.all("img")]:
        address = node.attributes.get("href", node.attributes.get("src", ""))
        assert re.fullmatch(r"data:,|[\w.-]+\.html", address), address
    assert "http:" not in text and "https:" not in text and "url(" not in text
    assert not [name for node in page.all() for name in node.attributes if name.startswith("on")]


def test_old_pages_go(settings: Settings) -> None:
    quality_dir(settings).mkdir(parents=True)
    for number in range(HISTORY_RUNS + 3):
        keep_results(settings, f"r{number:03}", outcomes(0.1)[:1])
        (quality_dir(settings) / f"r{number:03}.html").touch()
    write_page(settings)
    names = sorted(path.name for path in quality_dir(settings).iterdir())
    assert names == ["index.html", *(f"r{number:03}.html" for number in range(3, HISTORY_RUNS + 3))]
    page = read(quality_dir(settings) / "index.html")
    assert len(article(page, "events.good").all("rect")) == HISTORY_RUNS


def test_the_check_stage_writes_it_and_says_so_where_it_cannot(built: Settings) -> None:
    quality_dir(built).write_text("a file where the folder should be")
    report = check(built, "r1")
    (unwritten,) = [result for result in report.results if result.table == "quality"]
    assert (unwritten.outcome, unwritten.severity) == ("could_not_run", "warn")
    assert "could not be written" in str(unwritten.error)
    assert unwritten in report.warnings
    assert report.may_publish, "marts are not held back for a page"

    quality_dir(built).unlink()
    path = write_page(built, "r1")
    page = read(path)
    with open_warehouse(built) as con:
        kept = con.execute("select check_id, outcome from ops.check_results where run_id = 'r1'").fetchall()
    assert {one.attributes["id"]: one.attributes["data-outcome"] for one in page.all("article")} == dict(kept)
    assert len(kept) == len(report.results)


def test_the_command_prints_where_it_is(three_runs: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    quality()
    assert Path(capsys.readouterr().out.strip()) == quality_dir(three_runs) / "index.html"
    quality("20260101T000001-aaaa", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["run_id"] == "20260101T000001-aaaa"
    assert Path(told["path"]).name == "20260101T000001-aaaa.html"


def test_nothing_checked_no_page(settings: Settings) -> None:
    with pytest.raises(InputError, match="nothing has been checked yet"):
        write_page(settings)
    keep_results(settings, "r1", outcomes(0.1))
    with pytest.raises(InputError, match="run r2 checked nothing; the last that did is r1"):
        write_page(settings, "r2")


def test_a_browser_shows_it(three_runs: Settings, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium on this machine: the page was read by a parser only")
    page = quality_dir(three_runs) / "index.html"
    call = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([browser, *call, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    shown = re.sub(r"<(meta|link)[^>]*>", "", done.stdout)
    assert shown.count("<article ") == 4
    assert "&lt;script&gt;alert('1')&lt;/script&gt;" in shown
