"""Alerts arrive: at a real mail server and a real web server, once, in order of the ways, and never lost."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Response

import flows.alerts.delivery as delivery
from flows.alert import Cause, Findings, raise_alert, send_alerts, standing
from flows.settings import Settings
from flows.warehouse import open_warehouse
from tests.receivers import Mailbox, free_port, mail_server, silent_server

SCALE = Cause(
    "check:events.on_scale",
    "warn",
    'events.on_scale failed: 2 rows, such as [{"event_id": "5d74bc7434306cab"}]. It distorts every sum.',
)
WORSE = Cause("check:events.on_scale", "stop", "events.on_scale failed: 90 rows")
GONE = Cause("source:daily", "warn", "https://bob:s3cr3t-of-source@feeds.example.org/daily cannot be read")
CHECKED = {"check:"}


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, int]]:
    with mail_server() as found:
        yield found


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", (0.1, 0.1))


def to(settings: Settings, *urls: str, **others: Any) -> Settings:
    """Settings with these transports and a warehouse."""
    with open_warehouse(settings):
        pass
    return settings.model_copy(update={"alerts": SecretStr(" ".join(urls)), **others})


def by_mail(port: int, login: str = "") -> str:
    return f"mailto://{login}127.0.0.1:{port}?from=comity@example.org&to=ops@example.org"


def by_hook(server: HTTPServer, path: str = "/hook") -> str:
    return f"json://127.0.0.1:{server.port}{path}"


def run(settings: Settings, run_id: str, *causes: Cause, covered: set[str] = CHECKED) -> Any:
    raise_alert(settings, run_id, "published, with warnings", causes, covered=covered)
    return send_alerts(settings, run_id, "published, with warnings")


def later(settings: Settings, hours: float) -> None:
    """Let so many hours pass: what was written is so much older."""
    with open_warehouse(settings) as con:
        for table, columns in (
            ("ops.alerts", ("created_at", "delivered_at", "since_at", "first_seen_at")),
            ("ops.causes", ("first_seen_at", "since_at", "last_seen_at", "recovered_at")),
        ):
            changes = ", ".join(f"{name} = {name} - interval '{int(hours * 3600)} seconds'" for name in columns)
            con.execute(f"update {table} set {changes}")


def rows(settings: Settings) -> list[Any]:
    with open_warehouse(settings) as con:
        return con.execute(
            "select cause, kind, severity, state, transport, attempts from ops.alerts where audience <> 'log' "
            "order by created_at, cause, kind"
        ).fetchall()


def test_a_mail_says_what_how_bad_since_when_which_rows_and_where_to_look(
    settings: Settings, mail: tuple[Mailbox, int]
) -> None:
    box, port = mail
    known = to(settings, by_mail(port, "comity:p%40ss-word@"))
    sent = run(known, "r1", SCALE, Cause("run", "stop", "dbt stopped"))
    assert (sent.delivered, sent.kept, sent.warnings) == (2, 0, [])

    assert box.logins == [("comity", "p@ss-word")]
    (message,) = box.mails
    assert message["Subject"] == "Comity: 2 failed (worst: stop)"
    assert (message["From"], message["To"]) == ("comity@example.org", "ops@example.org")
    lines = box.text().splitlines()
    assert lines[0] == "published, with warnings (run r1)"
    assert lines[2] == "  stop: dbt stopped"
    assert lines[3].startswith("    since 20") and lines[3].endswith(" UTC")
    assert lines[4] == f"  warn: {SCALE.message}"
    assert lines[7] == "look further: comity status --run r1"
    assert lines[8] == "all that is open: comity alerts"
    assert lines[9] == f"home: {settings.home}"
    assert rows(known) == [
        ("check:events.on_scale", "failed", "warn", "delivered", "mailto 1", 1),
        ("run", "failed", "stop", "delivered", "mailto 1", 1),
    ]


def test_a_webhook_gets_json_with_how_bad_it_is(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook/T0ken123", method="POST").respond_with_data("ok")
    known = to(settings, by_hook(httpserver, "/hook/T0ken123"))
    run(known, "r1", WORSE)
    run(known, "r2")
    posts = [request.get_json() for request, _ in httpserver.log]
    assert [(post["type"], post["title"]) for post in posts] == [
        ("failure", "Comity: 1 failed (worst: stop)"),
        ("success", "Comity: 1 recovered"),
    ]
    assert "stop: events.on_scale failed: 90 rows" in posts[0]["message"]
    assert "recovered: events.on_scale failed: 90 rows" in posts[1]["message"]


def test_the_same_cause_is_quiet_until_it_is_worse_old_or_over(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    known = to(settings, by_hook(httpserver))

    def said(run_id: str, *causes: Cause, covered: set[str] = CHECKED) -> list[str]:
        before = len(httpserver.log)
        run(known, run_id, *causes, covered=covered)
        return [request.get_json()["title"] for request, _ in httpserver.log[before:]]

    assert said("r1", SCALE) == ["Comity: 1 failed (worst: warn)"]
    assert said("r2", SCALE) == []
    assert said("r3", WORSE) == ["Comity: 1 failed (worst: stop)"]  # at once
    assert said("r4", SCALE) == []  # less bad is no news
    assert said("r5", WORSE) == []  # nor is what was told within the quiet time
    later(known, 23.9)
    assert said("r6", WORSE) == []
    later(known, 0.2)
    assert said("r7", WORSE) == ["Comity: 1 failed (worst: stop)"]  # a day later, once more
    assert said("r8", covered=set()) == []  # nobody looked: neither over nor news
    later(known, 24.1)
    assert said("r9", covered=set()) == ["Comity: 1 failed (worst: stop)"]  # open, and not forgotten
    assert said("r10") == ["Comity: 1 recovered"]
    assert said("r11") == []  # once
    assert said("r12", SCALE) == ["Comity: 1 failed (worst: warn)"]  # the last word was that all is well
    with open_warehouse(known) as con:
        found = con.execute("select seen_count, run_id, since_at > first_seen_at from ops.causes").fetchall()
    assert found == [(1, "r12", True)]


def test_what_was_never_told_is_not_told_to_be_over_but_both_are_kept_for_a_dead_way(
    settings: Settings, httpserver: HTTPServer
) -> None:
    known = to(settings, f"json://127.0.0.1:{free_port()}/hook")
    run(known, "r1", SCALE)
    run(known, "r2")
    assert [row[1:4] for row in rows(known)] == [("failed", "warn", "pending"), ("recovered", "warn", "pending")]
    httpserver.expect_request("/hook").respond_with_data("ok")
    sent = send_alerts(known.model_copy(update={"alerts": SecretStr(by_hook(httpserver))}))
    assert sent.delivered == 2
    (post,) = [request.get_json() for request, _ in httpserver.log]
    assert post["title"] == "Comity: 1 failed, 1 recovered (worst: warn)"


def test_a_dead_way_falls_to_the_next_and_is_named(
    settings: Settings, mail: tuple[Mailbox, int], caplog: pytest.LogCaptureFixture
) -> None:
    box, port = mail
    logging.getLogger("comity").propagate = True
    known = to(settings, f"json://127.0.0.1:{free_port()}/T0ken123/x", by_mail(port))
    sent = run(known, "r1", SCALE)
    assert sent.delivered == 1
    assert sent.warnings[0].startswith("1 alert for all delivered by mailto 2, since others failed: json 1: ")
    assert "(not taken by json 1)" in box.text()
    assert rows(known) == [("check:events.on_scale", "failed", "warn", "delivered", "mailto 2", 2)]
    assert "T0ken123" not in caplog.text + sent.warnings[0]


def test_an_outbox_waits_for_better_times(settings: Settings, httpserver: HTTPServer) -> None:
    dead = to(settings, f"json://127.0.0.1:{free_port()}/hook")
    sent = run(dead, "r1", SCALE)
    assert (sent.delivered, sent.kept) == (0, 1)
    assert "could not be delivered and will be tried again" in sent.warnings[0]
    assert rows(dead) == [("check:events.on_scale", "failed", "warn", "pending", "json 1", 3)]
    run(dead, "r2", WORSE)  # what waits is brought up to date, not doubled
    assert rows(dead) == [("check:events.on_scale", "failed", "stop", "pending", "json 1", 6)]

    httpserver.expect_request("/hook").respond_with_data("ok")
    alive = dead.model_copy(update={"alerts": SecretStr(by_hook(httpserver))})
    assert send_alerts(alive).delivered == 1
    assert send_alerts(alive).delivered == 0
    (post,) = [request.get_json() for request, _ in httpserver.log]
    assert "90 rows" in post["message"] and "look further: comity status --run r2" in post["message"]
    assert rows(alive) == [("check:events.on_scale", "failed", "stop", "delivered", "json 1", 7)]


def test_a_server_that_recovers_gets_the_message_in_the_same_run(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_response(Response(status=503))
    httpserver.expect_ordered_request("/hook").respond_with_data("ok")
    known = to(settings, by_hook(httpserver))
    assert run(known, "r1", SCALE).delivered == 1
    assert [response.status_code for _, response in httpserver.log] == [503, 200]
    assert rows(known)[0][3:] == ("delivered", "json 1", 2)


def test_a_server_that_never_answers_holds_nobody_longer_than_the_bound(
    settings: Settings, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    with silent_server() as port:
        urls = (by_mail(port), f"json://127.0.0.1:{port}/x")
        mute = to(settings, *urls, alerts_timeout=1.2, alerts_budget=3.0)
        began = time.monotonic()
        sent = run(mute, "r1", SCALE)
        assert time.monotonic() - began < 6
        assert (sent.delivered, sent.kept) == (0, 1)
        assert "mailto 1: no answer within 1 s" in sent.warnings[0]

        helped = to(settings, urls[1], by_hook(httpserver), alerts_timeout=3.0, alerts_budget=30.0)
        assert send_alerts(helped).delivered == 1


def test_secrets_reach_neither_log_nor_rows_nor_messages(
    settings: Settings, mail: tuple[Mailbox, int], httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    box, port = mail
    logging.getLogger("comity").propagate = True
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the receiver may say what it was asked
    httpserver.expect_request("/T0p-s3cr3t/x").respond_with_response(Response("no: T0p-s3cr3t", status=403))
    known = to(
        settings,
        by_mail(port, "comity:refuse-me-1@"),  # the server says no to this password
        by_hook(httpserver, "/T0p-s3cr3t/x"),
        f"json://127.0.0.1:{free_port()}/T0p-s3cr3t/y",
        by_mail(port),
    )
    quoting = Cause("build", "stop", "cannot log in with refuse-me-1 at /T0p-s3cr3t/x")
    sent = run(known, "r1", GONE, quoting)
    assert sent.delivered == 2
    assert "mailto 1: " in sent.warnings[0] and "authentication" in sent.warnings[0].lower()
    with open_warehouse(known) as con:
        stored = [str(con.execute(f"select * from {table}").fetchall()) for table in ("ops.alerts", "ops.causes")]
    shown = json.dumps(standing(known), default=str)
    for text in (*stored, shown, caplog.text, box.text(), *sent.warnings, *sent.lines):
        for secret in ("s3cr3t", "refuse-me-1", "T0p-"):
            assert secret not in text
    assert "https://***@feeds.example.org/daily cannot be read" in box.text()
    assert "cannot log in with *** at" in box.text()


def test_each_group_hears_what_it_asked_for(
    settings: Settings, tmp_path: Path, httpserver: HTTPServer, mail: tuple[Mailbox, int]
) -> None:
    box, port = mail
    httpserver.expect_request("/hook").respond_with_data("ok")
    path = tmp_path / "alerts.yml"
    path.write_text(
        f"quiet_hours: 1\ngroups:\n- {{name: on call, severities: [stop], transports: [{{url: '{by_mail(port)}'}}]}}\n"
        f"- {{name: all of us, transports: [{{url: '{by_hook(httpserver)}'}}]}}\n"
    )
    known = to(settings, alerts_file=path)
    run(known, "r1", SCALE)
    assert (len(box.mails), len(httpserver.log)) == (0, 1)
    run(known, "r2", WORSE)
    assert (len(box.mails), len(httpserver.log)) == (1, 2)
    run(known, "r3")
    assert [mail["Subject"] for mail in box.mails] == ["Comity: 1 failed (worst: stop)", "Comity: 1 recovered"]
    assert len(httpserver.log) == 3


def test_a_process_that_dies_after_sending_repeats_and_one_that_dies_before_loses_nothing(
    settings: Settings, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    known = to(settings, by_hook(httpserver))
    raise_alert(known, "r1", "published, with warnings", [SCALE])  # and the process dies
    assert len(httpserver.log) == 0

    import flows.alerts.outbox as outbox

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(outbox.ledger, "mark", die)
        with pytest.raises(Killed):
            send_alerts(known)
    assert (len(httpserver.log), rows(known)[0][3]) == (1, "pending")
    assert send_alerts(known).delivered == 1
    assert (len(httpserver.log), rows(known)[0][3]) == (2, "delivered")


def test_a_run_only_ends_what_it_looked_at(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    known = to(settings)
    logging.getLogger("comity").propagate = True
    raise_alert(known, "r1", "failed", Findings([SCALE, GONE, WORSE], {"check:"}))
    assert {row["cause"]: row["severity"] for row in standing(known)["open"]} == {
        "source:daily": "warn", "check:events.on_scale": "stop",
    }  # fmt: skip
    caplog.clear()
    raise_alert(known, "r2", "published, with warnings", Findings([], {"source:other", "check:"}))
    assert [row["cause"] for row in standing(known)["open"]] == ["source:daily"]
    assert caplog.messages[0].startswith("recovered (run r2)\n\n  recovered: events.on_scale failed: 90 rows")


def test_a_wrong_setting_is_a_warning_and_loses_nothing(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    wrong = to(settings, "no-url-s3cr3t")
    sent = run(wrong, "r1", SCALE)
    assert "entry 1 is no URL" in sent.warnings[0] and "s3cr3t" not in sent.warnings[0]
    assert run(to(settings, by_hook(httpserver)), "r2", SCALE).delivered == 1


def test_a_slow_drip_is_no_answer_either(settings: Settings) -> None:
    """Each byte would renew a time limit of the socket; the bound is of the whole try."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            try:
                for _ in range(100):
                    connection.sendall(b"2")
                    time.sleep(0.1)
            except OSError:
                pass

        threading.Thread(target=drip, daemon=True).start()
        known = to(settings, by_mail(server.getsockname()[1]), alerts_timeout=1.5, alerts_budget=2.0)
        began = time.monotonic()
        assert run(known, "r1", SCALE).kept == 1
        assert time.monotonic() - began < 4
