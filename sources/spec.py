"""A source declaration: `sources/<source_id>.yml`, one feed each, and the file's stem is the source's id.

A wrong declaration is refused whole, with every fault named by file, key and repair: a feed half understood
would lose documents in silence. `floor` and `ceiling` have no default: nobody but its declarer can know them.
"""

from __future__ import annotations

import codecs
import difflib
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sources.errors import SourceError
from sources.fitting import misfits

Text = Annotated[str, Field(min_length=1)]


class FetchSpec(BaseModel):
    """How a source's servers are asked; the defaults are those of a polite guest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay: float = Field(1.0, ge=0, le=3600, description="seconds between two requests to one host")
    concurrency: int = Field(2, ge=1, le=32, description="requests to one host at once")
    timeout: float = Field(30.0, gt=0, le=3600, description="seconds for one request, from its start to its last byte")
    retries: int = Field(3, ge=0, le=20, description="further attempts after a failure that may pass")
    robots: bool = Field(True, description="obey robots.txt")
    allow_private: bool = Field(False, description="fetch from private and loopback addresses too")
    max_redirects: int = Field(5, ge=0, le=20)


class SourceSpec(BaseModel):
    """What is read, from whom, how often, how much of it is usual, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="the declaration's file stem")
    reader: str = Field("folder", description="a module of sources/readers; folder chooses by file suffix")
    path: Path | None = Field(None, description="file or folder, relative to the declaration")
    url: str | None = Field(None, description="where to fetch from")
    title: Text | None = Field(None, description="what the source is, for people")
    publisher: Text | None = Field(None, description="who prints it, unless a file's metadata say otherwise")
    language: str | None = Field(None, pattern=r"^[a-z]{2}$", description="ISO 639-1")
    licence: Text = Field(description="under which terms its texts may be kept")
    cadence: str | None = Field(None, description="cron line of five fields, or null for on demand")
    floor: int = Field(ge=0, description="fewer documents in a run are a fault of the feed")
    ceiling: int = Field(ge=1, description="more documents in a run are worth a look")
    include: list[Text] = Field(["*"], min_length=1, description="file name patterns that are read")
    exclude: list[Text] = Field([], description="file name patterns that are left out")
    encoding: str = Field("utf-8", description="of its text files, where they have no byte order mark")
    day_first: bool | None = Field(None, description="whether 11/09/2020 is 11 September; null: not known")
    max_bytes: int = Field(20_000_000, ge=1, description="larger files are not read")
    fetch: FetchSpec = Field(
        FetchSpec.model_validate({}), description="how its servers are asked: delay, timeout, retries ..."
    )
    urls: list[Text] = Field([], description="web: the pages to read, where they are few")
    sitemap: str | None = Field(None, description="web: a sitemap, or an index of sitemaps")
    link_pattern: str | None = Field(None, description="web: regular expression of the links that are documents")
    next_pattern: str | None = Field(None, description="web: regular expression of the link to the next index page")
    max_pages: int = Field(10, ge=1, le=10_000, description="web: index pages that are followed in a run")
    follow: bool = Field(True, description="rss: read the linked pages; false: the text in the feed is the document")
    columns: dict[str, str] = Field({}, description="csv, jsonl, parquet: which column is text, title, published ...")
    version: Literal["1.0", "2.0"] = Field("2.0", description="gdelt: 2.0 comes each quarter of an hour, 1.0 each day")
    grace: int = Field(120, ge=0, description="minutes after which a slot that has not come is missing")

    @field_validator("cadence")
    @classmethod
    def _cadence(cls, value: str | None) -> str | None:
        if value is not None:
            from cronsim import CronSim, CronSimError

            try:
                if len(value.split()) != 5:
                    raise CronSimError("not five")
                next(CronSim(value, datetime(2024, 1, 1)))
            except (CronSimError, StopIteration):
                raise ValueError(
                    "write five cron fields that can come true, such as `0 6 * * *` for six o'clock each day"
                ) from None
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError("name an encoding that Python knows, such as utf-8 or cp1251") from None

    @field_validator("reader")
    @classmethod
    def _reader(cls, value: str) -> str:
        from sources.readers import reader_keys  # the readers import this module for their signature

        if value not in reader_keys():
            raise ValueError(f"the readers are {', '.join(reader_keys())}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> SourceSpec:
        if found := misfits(self):
            raise ValueError("\n".join(found))
        return self

    @property
    def is_fetched(self) -> bool:
        """Whether it comes over the network."""
        return self.path is None

    def wants(self, relative: str) -> bool:
        """Whether the file at this path, relative to the source's folder, is declared to be read."""
        names = (relative, relative.rsplit("/", 1)[-1])

        def hit(patterns: list[str]) -> bool:
            return any(fnmatch(name, pattern) for name in names for pattern in patterns)

        return hit(self.include) and not hit(self.exclude)


def adhoc_spec(path: Path, source_id: str = "files") -> SourceSpec:
    """What stands in for a declaration where somebody points at a path that none declares: no bounds."""
    return SourceSpec.model_validate(
        {"source_id": source_id, "path": path, "licence": "unknown", "floor": 0, "ceiling": 10**9}
    )


def load_spec(path: Path) -> SourceSpec:
    """One declaration, its path made absolute; SourceError names file, key and repair for every fault."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}); check the file", path) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: is not UTF-8; save it as UTF-8", path) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise SourceError(f"{path.name}: is not YAML{where}; repair its indents and quotes", path) from error
    if not isinstance(loaded, dict):
        raise SourceError(f"{path.name}: must hold `key: value` lines; see sources/samples.yml", path)
    if "source_id" in loaded:
        raise SourceError(f"{path.name}: source_id: leave it out; the file's name is the source's id", path)
    try:
        spec = SourceSpec.model_validate({str(k): v for k, v in loaded.items()} | {"source_id": path.stem})
    except ValidationError as error:
        complaints = [line for problem in error.errors() for line in _complaint(problem).split("\n")]
        raise SourceError([f"{path.name}: {complaint}" for complaint in complaints], path) from error
    if spec.path is None:
        return spec
    return spec.model_copy(update={"path": (path.parent / spec.path.expanduser()).absolute()})


def load_specs(folder: Path) -> list[SourceSpec]:
    """All declarations of a folder by name; one SourceError for the faults of all."""
    if not folder.is_dir():
        raise SourceError(f"{folder}: there is no such folder of source declarations; set COMITY_SOURCES_DIR")
    specs, problems = [], []
    for path in sorted(folder.glob("*.yml")):
        try:
            specs.append(load_spec(path))
        except SourceError as error:
            problems += error.problems
    problems += [f"{path.name}: rename it to {path.stem}.yml" for path in sorted(folder.glob("*.yaml"))]
    if problems:
        raise SourceError(problems)
    return specs


def _complaint(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if not key:  # between keys: sentences that name theirs
        return message
    message = message[:1].lower() + message[1:]
    if problem["type"] == "extra_forbidden":
        *above, name = problem["loc"]
        names = [field for field in (FetchSpec if above else SourceSpec).model_fields if field != "source_id"]
        near = difflib.get_close_matches(str(name), names, n=1)
        return f"{key}: unknown key; " + (f"did you mean {near[0]}?" if near else f"the keys are {', '.join(names)}")
    if problem["type"] == "missing":
        return f"{key}: is missing; say {SourceSpec.model_fields[key].description}"
    if key == "source_id":
        return "the file's name is the source's id: use small letters, digits and _, and start with a letter"
    return f"{key}: {problem['input']!r} cannot be used: {message}"
