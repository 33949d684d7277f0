"""POLECAT: weekly files of 40 columns with a header, coded in PLOVER and not in CAMEO.

Its readers take the bytes for ISO-8859-1, in which nothing is undecodable. Some deliveries have more names in the
header than cells below, others end their lines in empty cells; a cell that says `None` says nothing.
"""

from __future__ import annotations

from sources.event_tables import Column, EventTable

SUFFIXES: dict[str, str] = {}  # its files are named like any other text

_TEXTS_BEFORE = "event_id event_date event_type event_mode"
_TEXTS_AFTER = """
    quad_code contexts actor_name actor_country actor_cow primary_actor_sector actor_sectors actor_title actor_name_raw
    wikipedia_actor_id recipient_name recipient_country recipient_cow primary_recipient_sector recipient_sectors
    recipient_title recipient_name_raw wikipedia_recipient_id placename city district province country
"""
_TEXTS_LAST = """
    geonames_id raw_placename feature_type source publication_date story_people story_organizations story_locations
    language version
"""

TABLE = EventTable(
    table="raw.polecat_events",
    columns=(
        *[Column(name) for name in _TEXTS_BEFORE.split()],
        Column("intensity", "double", labels=("Event Intensity",)),
        *[Column(name) for name in _TEXTS_AFTER.split()],
        Column("latitude", "double"),
        Column("longitude", "double"),
        *[Column(name) for name in _TEXTS_LAST.split()],
    ),
    key=("event_id",),
    clock="event_date",
    header=True,
    encoding="iso8859-1",
    nulls=("", "None"),
)
