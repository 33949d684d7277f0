"""How a number taken apart, and a comparison of two releases, read on a terminal."""

from __future__ import annotations

from typing import Any

from flows.commands.output import table

Row = dict[str, Any]
_SENTENCE = 300
_SHOWN_VALUES = (
    "event_count", "mention_count", "document_count", "goldstein_sum", "weighted_goldstein_sum",
    "weighted_goldstein_mean", "net_ratio", "shrunk_mean", "ci_low", "ci_high",
)  # fmt: skip


def period_text(found: Row, limit: int) -> str:
    """The row, its events by their share, and where each was read."""
    dyad, when = f"{found['actor_a']}-{found['actor_b']}", found[found["period"]]
    rows = {found["direction"]: found["row"], **found["other_directions"]}
    names = [name for name in _SHOWN_VALUES if name in found["row"]]
    shown = found["events"][:limit]
    lines = [
        f"{dyad}, {found['period']} of {when}, in release {found['release']['run_id']}; "
        f"a_to_b is {found['actor_a']} towards {found['actor_b']}",
        "",
        table(("direction", *names), [(name, *(row[value] for value in names)) for name, row in rows.items()]),
        "",
        _sum_sentence(found),
    ]
    for event in shown:
        lines += ["", *_event(event)]
    if len(shown) < len(found["events"]):
        lines.append(f"\nand {len(found['events']) - len(shown)} more events (--limit, --json)")
    if found["dated_too_coarsely"]:
        lines.append(
            f"\n{found['dated_too_coarsely']} more events of the pair may be of that {found['period']}, "
            "and are dated too coarsely to count in it"
        )
    return "\n".join(lines)


def diff_text(found: Row, limit: int) -> str:
    """The two releases, the changes by cause, and the first of each kind."""
    old, new, documents = found["old"], found["new"], found["documents"]
    lines = [
        f"from {old['file']} ({old['released_at']} UTC) to {new['file']} ({new['released_at']} UTC)",
        f"documents: {documents['added']} added, {documents['lost']} lost, {documents['recoded']} coded again",
    ]
    if not found["events"] and not found["dyad_months"]:
        return "\n".join([*lines, "No event and no dyad-month changed."])
    lines += [f"events: {found['event_count']} changed; dyad-months: {found['dyad_month_count']}"]
    columns = ("cause", "event_root", "added", "lost", "changed")
    if found["by_cause_and_root"]:
        lines += ["", table(columns, [[row[name] for name in columns] for row in found["by_cause_and_root"]])]
    for event in found["events"][:limit]:
        lines.append(
            f"\n{event['change']} by {event['cause']}: {event['source_actor']} -> {event['target_actor']}, "
            f"{(event['after'] or event['before']).get('event_code') or 'root ' + event['event_root']}, "
            f"{event['event_date'] or 'undated'}, event {event['event_id']}"
        )
        if event["change"] == "changed":
            lines.append(f"  {_changes(event)}")
        if event["became"]:
            lines.append(f"  its sentences now tell of {', '.join(event['became'])}")
    if found["event_count"] > limit:
        lines.append(f"\nand {found['event_count'] - limit} more events (--limit, --json)")
    months = [row for row in found["dyad_months"] if row["direction"] == "both"]
    for row in months[:limit]:
        lines.append(f"\n{row['actor_a']}-{row['actor_b']} {row['month'][:7]} {row['change']} by {row['cause']}")
        lines += [f"  {_changes(row)}"] if row["change"] == "changed" else []
        lines += [
            f"  {part['cause']}: {part['event_count']:+d} events, weighted_goldstein_sum "
            f"{part['weighted_goldstein_sum']:+.4g}"
            for part in row["causes"]
        ]
    if len(months) > limit:
        lines.append(f"\nand {len(months) - limit} more dyad-months (--limit, --json)")
    return "\n".join(lines)


def _sum_sentence(found: Row) -> str:
    total, events = found["row"]["weighted_goldstein_sum"], found["events"]
    if total is None:
        return "Nothing was read about it: the counts are unknown, not zero."
    if not events:
        return "Documents were read and tell of no event: the counts are zero."
    text = f"weighted_goldstein_sum {total:.4g} ({found['direction']}) is made of {len(events)} events"
    if abs(found["unexplained_sum"]) > 1e-6:
        text += f", {found['unexplained_sum']:+.4g} of which none of them explains"
    return f"{text}; shares are of that sum."


def _event(event: Row) -> list[str]:
    share = "    -  " if event["share"] is None else f"{event['share'] * 100:5.1f} %"
    value = "no score" if event["contribution"] is None else f"{event['contribution']:+.4g}"
    weight = "" if event["forum_weight"] == 1 else f" at weight {event['forum_weight']:.4g} ({event['forum']})"
    lines = [
        f"{share}  {value}{weight}  {event['source_actor']} -> {event['target_actor']}, {event['event_code']} "
        f"{event['name'] or ''}, {event['event_date']} ({event['date_precision']}); "
        f"{event['mention_count']} mentions in {event['document_count']} documents; event {event['event_id']}"
    ]
    if event["marked"]:
        lines.append(f"         {event['marked'][:_SENTENCE]}")
    for document in event["documents"]:
        copy = f", a copy of {document['duplicate_of']}" if document["duplicate_of"] else ""
        lines.append(
            f"         {document['document_id']}: {document['title'] or 'untitled'}, "
            f"{document['publisher'] or 'publisher unknown'}, {document['published_date'] or 'undated'}, "
            f"{document['url'] or document['uri']}{copy}"
        )
    return lines


def _changes(row: Row) -> str:
    return ", ".join(f"{name} {_value(row['before'][name])} -> {_value(row['after'][name])}" for name in row["after"])


def _value(value: Any) -> str:
    return "null" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
