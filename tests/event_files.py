"""Small deliveries of event data, made up line by line, for tests of landing, mapping and export."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

from sources.gdelt_tables import EVENTS
from sources.readers import icews, phoenix, polecat

_GEO = ("4", "Beijing, Beijing, China", "CH", "CH22", "13001", "39.9289", "116.388", "-1898541")


def gdelt_row(number: int, **cells: Any) -> list[str]:
    """A line of 61 cells: China's government signs with Russia, unless said otherwise."""
    row = dict.fromkeys(EVENTS.names(), "")
    row |= {
        "GLOBALEVENTID": str(900_000_000 + number), "SQLDATE": "20210628", "MonthYear": "202106", "Year": "2021",
        "FractionDate": "2021.4877", "Actor1Code": "CHNGOV", "Actor1Name": "CHINA", "Actor1CountryCode": "CHN",
        "Actor1Type1Code": "GOV", "Actor2Code": "RUS", "Actor2Name": "RUSSIA", "Actor2CountryCode": "RUS",
        "IsRootEvent": "1", "EventCode": "057", "EventBaseCode": "057", "EventRootCode": "05", "QuadClass": "1",
        "GoldsteinScale": "8.0", "NumMentions": "4", "NumSources": "1", "NumArticles": "3", "AvgTone": "1.25",
        "DATEADDED": "20210628120000", "SOURCEURL": f"https://news.example.org/{number}",
    }  # fmt: skip
    for who in ("Actor1", "Actor2", "Action"):
        row |= dict(zip((name for name in EVENTS.names() if name.startswith(f"{who}Geo_")), _GEO, strict=True))
    return list((row | {name: str(value) for name, value in cells.items()}).values())


def gdelt(*rows: list[str]) -> bytes:
    """A file of such lines."""
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def mention_row(event: int, confidence: int, url: str = "https://news.example.org/a") -> list[str]:
    """A line of a mentions file."""
    return [
        str(event), "20210628120000", "20210628120000", "1", "news.example.org", url, "3", "10", "40", "22", "1",
        str(confidence), "2000", "-1.5", "", "",
    ]  # fmt: skip


def many_gdelt_rows(path: Path, count: int) -> None:
    """A large file of lines that vary as real ones do."""
    dice = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = gdelt_row(
                number, NumMentions=dice.randint(1, 40), NumSources=dice.randint(1, 5), NumArticles=dice.randint(1, 40),
                AvgTone=f"{dice.uniform(-10, 10):.14f}", SOURCEURL=f"https://news.example.org/{number}/{dice.random()}",
            )  # fmt: skip
            file.write("\t".join(row) + "\n")


def labels(reader: Any) -> list[str]:
    """The header of a data set, as it prints it."""
    small = {"of": "of", "cow": "COW", "id": "ID", "cameo": "CAMEO", "geonames": "GeoNames"}
    return [" ".join(small.get(word, word.title()) for word in name.split("_")) for name in reader.TABLE.names()]


def headed(reader: Any, *rows: dict[str, str], missing: str, encoding: str = "utf-8") -> bytes:
    """A file with a header, from the cells that are said; the others are missing."""
    names = reader.TABLE.names()
    lines = [labels(reader), *([row.get(name, missing) for name in names] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines).encode(encoding)


def icews_file(*rows: dict[str, str]) -> bytes:
    return headed(icews, *rows, missing="NA")


def polecat_file(*rows: dict[str, str]) -> bytes:
    return headed(polecat, *rows, missing="None", encoding="iso8859-1")


def phoenix_file(*rows: dict[str, str]) -> bytes:
    names = phoenix.TABLE.names()
    return "".join("\t".join(row.get(name, "") for name in names) + "\n" for row in rows).encode()


def plover_file(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def zipped(name: str, data: bytes) -> bytes:
    """An archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2021, 6, 28, 12, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def listed(url: str, data: bytes) -> str:
    """A line of a GDELT list of files."""
    return f"{len(data)} {hashlib.md5(data, usedforsecurity=False).hexdigest()} {url}\n"
