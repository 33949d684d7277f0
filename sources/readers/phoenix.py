"""Phoenix: daily files of 26 tab-separated fields without a header, as its pipeline writes them."""

from __future__ import annotations

from sources.event_tables import Column, EventTable

SUFFIXES: dict[str, str] = {}  # its files are named like any other text

TABLE = EventTable(
    table="raw.phoenix_events",
    columns=(
        Column("event_id"),  # number_version
        Column("date"),
        Column("year", "integer"),
        Column("month", "integer"),
        Column("day", "integer"),
        Column("source_full"),
        Column("source_root"),
        Column("source_agent"),
        Column("source_others"),
        Column("target_full"),
        Column("target_root"),
        Column("target_agent"),
        Column("target_others"),
        Column("event_code"),
        Column("root_code"),
        Column("quad_class", "integer"),
        Column("goldstein", "double"),
        Column("issues"),  # issue,count;issue,count
        Column("lat", "double"),
        Column("lon", "double"),
        Column("place"),
        Column("state"),
        Column("country"),
        Column("sentence_ids"),  # by ;
        Column("urls"),  # by ;
        Column("sources"),  # by ;
    ),
    key=("event_id", "date"),
    clock="date",
)
