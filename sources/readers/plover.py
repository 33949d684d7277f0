"""PLOVER: one JSON object a line, the interchange form of that ontology.

`id`, `date`, `actor` and `event` are required. The whole object is kept beside the columns that are taken from it,
since a coder may add fields of its own.
"""

from __future__ import annotations

from sources.event_tables import Column, EventTable

SUFFIXES: dict[str, str] = {}  # .jsonl is also a form of documents

REQUIRED = ("id", "date", "actor", "event")

TABLE = EventTable(
    table="raw.plover_events",
    columns=(
        Column("id"),
        Column("date"),
        Column("enddate"),
        Column("actor", "json"),
        Column("event", "json"),
        Column("recipient", "json"),
        Column("mode", "json"),
        Column("context", "json"),
        Column("event_loc", "json", labels=("event loc",)),
        Column("event_text", labels=("event text",)),
        Column("quad_code", labels=("quad code",)),
        Column("event_scale", "double", labels=("event scale",)),
        Column("link", "json"),
        Column("coder"),
        Column("coded_date", labels=("coded date",)),
        Column("cameo"),  # not of the ontology: the code it was mapped from, as our own exports say it
        Column("record", "json"),  # the whole object
    ),
    key=("id",),
    clock="date",
    content="json",
)
