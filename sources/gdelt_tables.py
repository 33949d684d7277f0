"""The columns of GDELT's two files, called what its codebook calls them."""

from __future__ import annotations

from sources.event_tables import Column, EventTable

_ACTOR = (
    "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code",
    "Type1Code", "Type2Code", "Type3Code",
)  # fmt: skip
_GEO = (
    ("Type", "integer"), ("FullName", "text"), ("CountryCode", "text"), ("ADM1Code", "text"), ("ADM2Code", "text"),
    ("Lat", "double"), ("Long", "double"), ("FeatureID", "text"),
)  # fmt: skip


def _columns(text: str, kind: str) -> list[Column]:
    return [Column(name, kind) for name in text.split()]


_COLUMNS = (
    *_columns("GLOBALEVENTID", "bigint"),
    *_columns("SQLDATE", "text"),
    *_columns("MonthYear Year", "integer"),
    *_columns("FractionDate", "double"),
    *[Column(f"Actor{number}{part}") for number in (1, 2) for part in _ACTOR],
    *_columns("IsRootEvent", "integer"),
    *_columns("EventCode EventBaseCode EventRootCode", "text"),
    *_columns("QuadClass", "integer"),
    *_columns("GoldsteinScale", "double"),
    *_columns("NumMentions NumSources NumArticles", "integer"),
    *_columns("AvgTone", "double"),
    *[Column(f"{who}Geo_{part}", kind) for who in ("Actor1", "Actor2", "Action") for part, kind in _GEO],
    *_columns("DATEADDED", "bigint"),
    *_columns("SOURCEURL", "text"),
)
_NAMES = tuple(column.name for column in _COLUMNS)
_DAILY = tuple(name for name in _NAMES if not name.endswith("Geo_ADM2Code"))  # version 1.0

EVENTS = EventTable(
    table="raw.gdelt_events",
    columns=_COLUMNS,
    key=("GLOBALEVENTID",),
    clock="DATEADDED",
    variants={58: _DAILY, 57: _DAILY[:-1]},  # before April 2013 the daily files had no SOURCEURL
)

MENTIONS = EventTable(
    table="raw.gdelt_mentions",
    columns=(
        *_columns("GLOBALEVENTID EventTimeDate MentionTimeDate", "bigint"),
        *_columns("MentionType", "integer"),
        *_columns("MentionSourceName MentionIdentifier", "text"),
        *_columns("SentenceID Actor1CharOffset Actor2CharOffset ActionCharOffset InRawText Confidence", "integer"),
        *_columns("MentionDocLen", "integer"),
        *_columns("MentionDocTone", "double"),
        *_columns("MentionDocTranslationInfo Extras", "text"),
    ),
    key=("GLOBALEVENTID", "MentionIdentifier", "SentenceID"),
    clock="MentionTimeDate",
)
