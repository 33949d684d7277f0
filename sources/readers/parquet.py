"""Parquet: a row a document; only the columns that are asked for are read, a batch at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from sources.document import Document
from sources.errors import ReadError
from sources.isolation import isolated
from sources.rows import Row, columns_of, documents_of
from sources.spec import SourceSpec
from sources.unpacking import TIMES

SUFFIXES = {".parquet": "application/vnd.apache.parquet", ".pq": "application/vnd.apache.parquet"}
_BATCH = 1_000
_MOST_ROWS = 5_000_000


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """A document for each row, as `file.parquet#12`."""
    if not (data.startswith(b"PAR1") and data.endswith((b"PAR1", b"PARE"))):
        detail = "the file does not begin and end as Parquet does; fetch it again"
        raise ReadError("damaged" if data else "empty", detail)
    return isolated(__name__, data, uri, spec)


def extract(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """As `read`, without bounds of time and memory."""
    if data.endswith(b"PARE"):
        raise ReadError("encrypted", "the file is encrypted; save it without a key")
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
        names = columns_of(spec, file.schema_arrow.names)
        if file.metadata.num_rows > _MOST_ROWS:
            raise ReadError("unsafe", f"the table has over {_MOST_ROWS} rows; split it")
        return documents_of(_rows(file, sorted(set(names.values())), spec), names, uri, SUFFIXES[".parquet"], spec)
    except (pyarrow.ArrowException, OSError) as error:
        raise ReadError("damaged", f"the Parquet file is broken ({str(error)[:200]}); fetch it again") from error


def _rows(file: Any, columns: list[str], spec: SourceSpec) -> Iterator[Row]:
    number = size = 0
    for batch in file.iter_batches(_BATCH, columns=columns, use_threads=False):
        size += batch.nbytes
        if size > TIMES * spec.max_bytes:  # one value said a million times takes no space in the file
            raise ReadError("unsafe", "it unpacks to over ten times max_bytes; split it, or raise max_bytes")
        for values in batch.to_pylist():
            number += 1
            yield Row(number, f"row {number}", values)
