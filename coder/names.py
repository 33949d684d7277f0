"""The tables of names: states, people, organisations, bodies, agent nouns and what only looks like an actor."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from coder.gazetteer import Alias
from coder.tables import Row, read_table

ACTOR = r"[A-Z]{3}|(?:IGO|NGO|MNC|IMG)[A-Z0-9]+|---"
# An organisation's own kind says nothing as a role.
_KINDS_AS_ROLES = ("IGO", "NGO", "MNC", "IMG")


def read_names(folder: Path, roles: frozenset[str], problems: list[str]) -> list[Alias]:
    """Every name of every actor; what is wrong with the tables is added to `problems`."""
    return [
        *_states(folder, problems),
        *_people(folder, roles, problems),
        *_organisations(folder, roles, problems),
        *_bodies(folder, roles, problems),
        *_places(folder, problems),
        *_agents(folder, roles, problems),
        *(
            Alias(row.text("phrase"), "none", "", "", None, None)
            for row in read_table(folder / "non_actors.csv", ("phrase",), problems)
        ),
    ]


def _dates(row: Row) -> tuple[date | None, date | None]:
    start, end = row.day("start_date"), row.day("end_date")
    if start and end and end < start:
        row.complain("end_date", f"{end} lies before start_date {start}")
    return start, end


def _states(folder: Path, problems: list[str]) -> list[Alias]:
    columns = (
        "actor_code",
        "name",
        "start_date",
        "end_date",
        "names",
        "adjectives",
        "capital",
        "seats",
        "not_near",
    )
    out = []
    for row in read_table(folder / "actors.csv", columns, problems):
        code = row.matching("actor_code", ACTOR, "an ISO 3166-1 alpha-3 code")
        start, end = _dates(row)
        near = frozenset(row.items("not_near"))
        for kind, texts in (
            ("state", (row.text("name"), *row.items("names"))),
            ("adjective", row.items("adjectives")),
            ("capital", row.items("capital")),
            ("seat", row.items("seats")),
        ):
            out += [
                Alias(text, kind, code, "GOV" if kind == "seat" else "", start, end, near) for text in texts if text
            ]
    return out


def _people(folder: Path, roles: frozenset[str], problems: list[str]) -> list[Alias]:
    columns = ("person_id", "name", "aliases", "actor_code", "role", "office", "start_date", "end_date")
    out = []
    for row in read_table(folder / "people.csv", columns, problems):
        code = row.matching("actor_code", ACTOR, "an actor code")
        role = row.choice("role", roles, required=False)
        start, end = _dates(row)
        person = row.text("person_id")
        name = row.text("name")
        out += [
            Alias(
                text,
                "person",
                code,
                "" if role in _KINDS_AS_ROLES else role,
                start,
                end,
                entity=person,
                full_name=name,
            )
            for text in dict.fromkeys((name, *row.items("aliases")))
            if text
        ]
    return out


def _organisations(folder: Path, roles: frozenset[str], problems: list[str]) -> list[Alias]:
    columns = ("actor_code", "name", "aliases", "kind", "role", "start_date", "end_date", "not_near")
    out = []
    for row in read_table(folder / "organisations.csv", columns, problems):
        code = row.matching("actor_code", ACTOR, "an actor code")
        row.choice("kind", ("IGO", "NGO", "MNC", "IMG", "REB"))
        role = row.choice("role", roles, required=False)
        start, end = _dates(row)
        near = frozenset(row.items("not_near"))
        out += [
            Alias(
                text,
                "organisation",
                code,
                "" if role in _KINDS_AS_ROLES else role,
                start,
                end,
                near,
            )
            for text in dict.fromkeys((row.text("name"), *row.items("aliases")))
            if text
        ]
    return out


def _bodies(folder: Path, roles: frozenset[str], problems: list[str]) -> list[Alias]:
    out = []
    for row in read_table(
        folder / "bodies.csv", ("name", "aliases", "actor_code", "role", "start_date", "end_date"), problems
    ):
        code = row.matching("actor_code", ACTOR, "an actor code")
        role = row.choice("role", roles, required=False)
        start, end = _dates(row)
        out += [
            Alias(text, "body", code, role, start, end)
            for text in dict.fromkeys((row.text("name"), *row.items("aliases")))
            if text
        ]
    return out


def _places(folder: Path, problems: list[str]) -> list[Alias]:
    """Cities, regions and peoples: where people are, and whose they are; a people's name works as an adjective does."""
    out = []
    for row in read_table(folder / "places.csv", ("actor_code", "places", "peoples"), problems):
        code = row.matching("actor_code", ACTOR, "an ISO 3166-1 alpha-3 code")
        for kind, column in (("place", "places"), ("adjective", "peoples")):
            out += [Alias(text, kind, code, "", None, None) for text in row.items(column)]
    return out


def _agents(folder: Path, roles: frozenset[str], problems: list[str]) -> list[Alias]:
    return [
        Alias(
            row.text("agent"), "agent", "", row.choice("role", roles), None, None,
            stands_alone=row.choice("stands_alone", ("0", "1")) == "1",
        )
        for row in read_table(folder / "agents.csv", ("agent", "role", "stands_alone"), problems)
    ]  # fmt: skip
