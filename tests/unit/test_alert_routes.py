"""Who is told by which way is set in one place; what is wrong with it is said without a secret."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.alerts.redact import Redactor, clean
from flows.alerts.transports import routes
from flows.errors import SettingsError
from flows.settings import describe, load_settings

FILE = """
quiet_hours: 6
groups:
  - name: on call
    severities: [stop]
    transports:
      - name: team mail
        url: mailtos://${SMTP_USER}:${SMTP_PASSWORD}@mail.example.org?to=ops@example.org
      - url: ${HOOK}
  - name: editors
    transports:
      - url: jsons://hooks.example.org/editors
"""


def written(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "alerts.yml"
    path.write_text(text)
    monkeypatch.setenv("COMITY_ALERTS_FILE", str(path))
    return path


def test_urls_in_one_setting_are_one_group_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "COMITY_ALERTS", "mailto://u:pw-of-mail@host?to=a@b.cc,d@e.ff, slack://A/B/C\n json://h/x json://h/y"
    )
    found = routes(load_settings())
    assert [group.name for group in found.groups] == ["all"]
    assert [way.name for way in found.groups[0].transports] == ["mailto 1", "slack 2", "json 3", "json 4"]
    assert found.groups[0].transports[0].url == "mailto://u:pw-of-mail@host?to=a@b.cc,d@e.ff"
    assert found.groups[0].severities == {"stop", "warn"}
    assert found.quiet == timedelta(hours=24)


def test_a_file_has_groups_severities_quiet_time_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, FILE, monkeypatch)
    monkeypatch.setenv("SMTP_USER", "comity@example.org")
    monkeypatch.setenv("SMTP_PASSWORD", "p@ss/w:rd")
    monkeypatch.setenv("HOOK", "jsons://hooks.example.org/T0k3nT0k3n")
    found = routes(load_settings())
    assert found.quiet == timedelta(hours=6)
    on_call, editors = found.groups
    assert (on_call.severities, editors.severities) == ({"stop"}, {"stop", "warn"})
    assert [way.name for way in on_call.transports] == ["team mail", "jsons 2"]
    # a value inside a URL is encoded, a whole URL is taken as it is
    assert on_call.transports[0].url == (
        "mailtos://comity%40example.org:p%40ss%2Fw%3Ard@mail.example.org?to=ops@example.org"
    )
    assert on_call.transports[1].url == "jsons://hooks.example.org/T0k3nT0k3n"
    assert "p@ss" not in repr(found) and "T0k3n" not in repr(found)
    assert found.redactor.message("it said p@ss/w:rd and T0k3nT0k3n") == "it said *** and ***"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("groups: [", "no YAML near line"),
        ("groups: []", "groups: List should have at least 1 item"),
        ("groups: [{name: a, transports: [{url: 's3cr3t-one'}]}]", "transport 1 of group a is no URL"),
        ("groups: [{name: a, severity: stop, transports: [{url: 'x://s3cr3t'}]}]", "groups.0.severity: Extra inputs"),
        ("groups: [{name: a, severities: [s3cr3t], transports: [{url: 'x://y'}]}]", "groups.0.severities.0: Input"),
        ("groups: [{name: a, transports: [{url: '${NOT_SET_HERE}'}]}]", "export NOT_SET_HERE"),
        ("groups: [{name: log, transports: [{url: 'x://s3cr3t'}]}]", "two groups are called log"),
        (
            "groups: [{name: a, transports: [{url: 'x://s3cr3t', name: n}, {url: 'x://y', name: n}]}]",
            "the name n is taken",
        ),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    written(tmp_path, text, monkeypatch)
    with pytest.raises(SettingsError) as caught:
        routes(load_settings())
    assert says in str(caught.value)
    assert "s3cr3t" not in str(caught.value) and "\n" not in str(caught.value)


def test_both_settings_at_once_or_no_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, FILE, monkeypatch)
    monkeypatch.setenv("COMITY_ALERTS", "json://h/s3cr3t")
    with pytest.raises(SettingsError, match="both set"):
        routes(load_settings())
    monkeypatch.delenv("COMITY_ALERTS")
    path.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        routes(load_settings())


def test_no_setting_is_shown_with_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_ALERTS", "mailto://u:s3cr3t@host")
    settings = load_settings()
    assert "s3cr3t" not in repr(settings) and "s3cr3t" not in str(settings.model_dump_json())
    (row,) = [row for row in describe(settings) if row[0] == "COMITY_ALERTS"]
    assert row[1] == "**********"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("https://bob:s3cr3t@feeds.example.org/x failed", "https://***@feeds.example.org/x failed"),
        ("GET /feed?api_key=s3cr3t&page=2: 403", "GET /feed?api_key=***&page=2: 403"),
        ("https://h/x?access_token=s3cr3t&Signature=s3cr3t", "https://h/x?access_token=***&Signature=***"),
        ("sent Authorization: Bearer s3cr3ts3cr3t, refused", "sent Authorization: ***, refused"),
        ("password='s3cr3t' does not fit", "password='***' does not fit"),
        ('{"apiToken": "s3cr3t", "key": "5d74"}', '{"apiToken": "***", "key": "5d74"}'),
        ("https://h/x?key=s3cr3t&sig=s3cr3t", "https://h/x?key=***&sig=***"),
        ("such as [{\"event_id\": \"5d74bc74\"}]. See `comity status --run r1`.",
         "such as [{\"event_id\": \"5d74bc74\"}]. See `comity status --run r1`."),
        ("the key events.event_id = 7 is no secret", "the key events.event_id = 7 is no secret"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_masked_in_any_text(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_redactor_knows_every_spelling_of_its_urls() -> None:
    url = "mailtos://bob:p%40ss-word@mail.example.org:587/T0ken/pa th?to=ops@example.org&apptoken=abcd1234"
    redactor = Redactor([url, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"])
    # the last is what SMTP sends for a login: \0bob\0p@ss-word in base64
    for secret in (
        "p%40ss-word",
        "p@ss-word",
        "bob:p@ss-word",
        "T0ken",
        "abcd1234",
        "T1JJ3T3L2",
        url,
        "AGJvYgBwQHNzLXdvcmQ=",
    ):
        assert secret not in redactor.error(f"error near {secret} at mail.example.org")
        assert "mail.example.org" in redactor.error(f"error near {secret} at mail.example.org")
    assert redactor.message(f"{url} p@ss-word A1BRTD4JD") == "*** *** ***"
    assert redactor.message("run it for bob in comity status") == "run it for bob in comity status"
