"""The verbs about alerts: send what is kept or a test, and list what is open."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.commands.output import print_json

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def alert(
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message through every transport and say what happened.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Send the alerts that could not be delivered yet; exits 1 if some still cannot.

    Example: comity alert --test
    """
    from flows.alert import send_alerts, try_transports
    from flows.alerts.transports import routes
    from flows.errors import InputError
    from flows.settings import load_settings

    settings = load_settings()
    if not routes(settings).groups:
        raise InputError("no transport is set; set COMITY_ALERTS or COMITY_ALERTS_FILE (docs/alerts.md)")
    if not test:
        sent = send_alerts(settings)
        if as_json:
            print_json({"delivered": sent.delivered, "kept": sent.kept, "lines": sent.lines, "warnings": sent.warnings})
        else:
            typer.echo("\n".join(sent.lines) or "nothing was waiting" if not sent.warnings else "\n".join(sent.lines))
        return 1 if sent.kept else 0
    tried: list[dict[str, Any]] = []
    for group, name, error in try_transports(settings):
        tried.append({"group": group, "transport": name, "error": error})
        if not as_json:
            typer.echo(f"{group}: {name}: {'delivered' if error is None else f'failed: {error}'}")
    if as_json:
        print_json(tried)
    return 1 if any(row["error"] for row in tried) else 0


def alerts(as_json: Json = False) -> None:
    """List what is open, since when, and what was sent last to whom.

    Example: comity alerts
    """
    from flows.alert import standing
    from flows.alerts.message import told, when
    from flows.settings import load_settings

    found = standing(load_settings())
    if as_json:
        print_json(found)
        return
    typer.echo(f"{len(found['open'])} open" + ("" if found["open"] else ": nothing is known to be wrong"))
    for row in found["open"]:
        met = f", met by {row['seen_count']} runs" if row["seen_count"] > 1 else ""
        typer.echo(f"  {told(row)}\n    {when(row)}{met}; {row['look']}")
    for row in found["deliveries"]:
        at = row["delivered_at"] or row["created_at"]
        way = f" by {row['transport']}" if row["transport"] else ""
        typer.echo(
            f"{at:%Y-%m-%d %H:%M}  {row['state']}{way} to {row['audience']}, {row['attempts']} tries: "
            f"{row['cause']} {row['kind']}" + (f" ({row['error']})" if row["error"] else "")
        )
    for group in found["groups"]:
        ways = ", then ".join(group["transports"])
        typer.echo(f"group {group['group']} ({', '.join(group['severities'])}): {ways}")
    if not found["groups"]:
        typer.echo("no transport is set: alerts reach only the log (docs/alerts.md)")
