"""ICEWS: coded events of 1995-2023, yearly and weekly files of 20 columns with a header.

An Event ID alone repeats (145,312 times in 2013), so an event is named by id and date. Files of some years were
issued again under other names, with other forms of the date and once without the code's column: columns are found
by their header, and what a header lacks is told.
"""

from __future__ import annotations

from sources.event_tables import Column, EventTable

SUFFIXES: dict[str, str] = {}  # its files are named like any other text

TABLE = EventTable(
    table="raw.icews_events",
    columns=(
        Column("event_id", "bigint"),
        Column("event_date"),
        Column("source_name"),
        Column("source_sectors"),
        Column("source_country"),
        Column("event_text"),
        Column("cameo_code"),
        Column("intensity", "double"),
        Column("target_name"),
        Column("target_sectors"),
        Column("target_country"),
        Column("story_id", "bigint"),
        Column("sentence_number", "integer"),
        Column("publisher"),
        Column("city"),
        Column("district"),
        Column("province"),
        Column("country"),
        Column("latitude", "double"),
        Column("longitude", "double"),
    ),
    key=("event_id", "event_date"),
    clock="event_date",
    header=True,
    nulls=("", "NA", "NULL"),
)
