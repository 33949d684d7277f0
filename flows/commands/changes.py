"""What a recoding changed, for a terminal: how much was coded, and which events are others now."""

from __future__ import annotations

from typing import Any

_MONTHS_SHOWN = 20
_SENTENCE_SHOWN = 300
Row = dict[str, Any]


def recoding_text(report: Row) -> str:
    """The recoding of a coding's report (flows/code.py), as `--recode` prints it."""
    return "\n\n".join(part for part in ("\n".join(_effort(report)), *_changes(report["changes"])) if part)


def _effort(report: Row) -> list[str]:
    rows = ", ".join(f"{count} row{'s' * (count != 1)} of {table}" for table, count in report["changed_rows"].items())
    lines = [f"Changed in the dictionaries: {rows}"] if rows else []
    lines += [f"All documents are coded again: {reason}" for reason in report["reasons"]]
    spared = report["documents_untouched"], report["documents_restored"], report["parses_made"]
    return [
        *lines,
        f"Coded again: {report['documents_again']} documents; not touched: {spared[0]}; "
        f"earlier coding holds again: {spared[1]}; sentences that had to be parsed: {spared[2]}",
    ]


def _changes(changes: Row) -> list[str]:
    if not (changes["gained"] or changes["lost"] or changes["changed"]):
        return ["No event changed."]
    months = changes["by_dyad_month"]
    hidden = changes["dyad_month_count"] - len(months[:_MONTHS_SHOWN])
    return [
        f"Events: {changes['gained']} gained, {changes['lost']} lost, {changes['changed']} with another code",
        _table(
            ("root", "gained", "lost", "changed from", "changed to"),
            [tuple(row.values()) for row in changes["by_root"]],
        ),
        _table(
            ("dyad", "month", "gained", "lost", "changed"),
            [
                (
                    f"{row['source_actor']}>{row['target_actor']}", row["month"] or "undated",
                    row["gained"], row["lost"], row["changed"],
                )
                for row in months[:_MONTHS_SHOWN]
            ],
        )
        + (f"\nand {hidden} more" if hidden else ""),
        *(_example(example) for example in changes["examples"]),
    ]  # fmt: skip


def _example(example: Row) -> str:
    sentence = " ".join(example["sentence"].split())
    if len(sentence) > _SENTENCE_SHOWN:
        sentence = sentence[: _SENTENCE_SHOWN - 1] + "…"
    lines = [f"{example['change']} in {example['uri']}: {sentence}"]
    for when in ("before", "after"):
        told = [
            f"{row['source_actor']}>{row['target_actor']} {row['event_code']} {row['date'] or 'undated'}"
            + (f" ({row['event_status']})" if row["event_status"] != "occurred" else "")
            + f" by {row['pattern_id']}"
            for row in example[when]
        ]
        lines.append(f"  {when + ':':7} {'; '.join(told) or 'nothing'}")
    return "\n".join(lines)


def _table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    cells = [header, *(tuple(str(value) for value in row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(header))]
    return "\n".join(
        "  ".join(
            value.rjust(width) if header[n] not in ("root", "dyad", "month") else value.ljust(width)
            for n, (value, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )
