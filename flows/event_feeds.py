"""Feeds of event data: what they promise is entered in the ledger first, then what lacks is fetched and landed.

A feed that stops says nothing, so the calendar is asked and not only the feed. A file that cannot be had leaves its
slot `late` while it may still come, `missing` when its time is over, and `corrupt`, with its bytes kept, if it is
not what its list says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows import slots, snapshots
from flows.landing import issue_row
from flows.warehouse import transaction, utc_now
from flows.writing import write_issues
from sources.fetched import Fetched, FetchError, Missed, Seen, Unchanged, Window

if TYPE_CHECKING:
    from flows.event_data import Landing
    from sources.client import Client
    from sources.readers.gdelt import Plan

Progress = Callable[[int, int], None]

_BAD_BYTES = ("corrupt", "wrong_type", "too_large")
_LONGEST_GAP = timedelta(days=31)  # before the newest slot that is looked back for a hole


def land_feed(landing: Landing, client: Client, window: Window, progress: Progress | None = None) -> None:
    """Land what a feed has for a window, or its newest; what is here already is not fetched again."""
    if landing.spec.reader == "gdelt":
        _land_slots(landing, client, window, progress)
    else:
        _land_addresses(landing, client, progress)


def _land_slots(landing: Landing, client: Client, window: Window, progress: Progress | None) -> None:
    from sources.readers import gdelt

    spec, con, now = landing.spec, landing.con, utc_now()
    try:
        plan = gdelt.plan(spec, client, window, now)
    except FetchError as error:
        _no_list(landing, error, now)
        return
    _keep_list(landing, plan, now)
    due = {slot.name: slot.due for slot in plan.slots}
    promised = _before(landing, plan, now) if window == Window() and spec.version == "2.0" else {}
    with transaction(con):
        slots.expect(con, spec.source_id, [*promised, *due], now, landing.run_id)
        slots.sweep(con, spec.source_id, promised, now, spec.grace)
    holes = slots.lacking(con, spec.source_id, promised)
    if holes:
        landing.report.problems.append(
            f"{spec.source_id}: {len(holes)} slots from {holes[0]} to {holes[-1]} are not here; fetch them with --since"
        )
    wanted = set(slots.lacking(con, spec.source_id, due))
    for number, slot in enumerate(plan.slots, start=1):
        if slot.name in wanted:
            found = gdelt.fetch_slot(slot, client)
            if isinstance(found, Fetched):
                landing.fetched(found)
            else:
                _missed(landing, found, slot.due)
        else:
            landing.count("landed")
        if progress is not None:
            progress(number, len(plan.slots))


def _land_addresses(landing: Landing, client: Client, progress: Progress | None) -> None:
    """Feeds without a list of slots: each declared address is one file, asked for anew and landed if it changed."""
    spec, con, now = landing.spec, landing.con, utc_now()
    addresses = [*([spec.url] if spec.url else []), *spec.urls]
    known = slots.known(con, spec.source_id, addresses)
    for number, address in enumerate(addresses, start=1):
        here = known.get(address)
        seen = Seen(sha256=here.snapshot_sha256) if here is not None and here.state in slots.HERE else None
        try:
            found = client.get(address, seen, accept="*/*")
        except FetchError as error:
            _missed(landing, Missed(address, error.reason, error.detail, address), now)
        else:
            if isinstance(found, Unchanged):
                landing.report.rows_known += (here.row_count if here else 0) or 0
                landing.count(here.state if here else "landed")
            else:
                landing.fetched(found)
        if progress is not None:
            progress(number, len(addresses))


def _missed(landing: Landing, missed: Missed, due: datetime) -> None:
    sha256 = None
    if missed.data is not None:
        sha256 = snapshots.store(landing.settings.snapshots_dir, missed.data)
    if missed.reason in _BAD_BYTES:
        state: slots.State = "corrupt"
    elif missed.reason == "not_found":
        state = slots.absent(due, utc_now(), landing.spec.grace)
    else:
        state = "late"  # the server could not be asked: that says nothing about the file
    slot = missed.slot or missed.uri
    landing.failed(missed.uri, slot, missed.reason, missed.detail, state=state, stage="fetch", sha256=sha256)


def _no_list(landing: Landing, error: FetchError, now: datetime) -> None:
    """Without its list nothing of a feed can be had; the next run asks again."""
    row = issue_row(
        landing.spec.source_id, error.uri, [], "fetch", error.reason, error.detail, now, landing.run_id
    )
    landing.report.issues_new += write_issues(landing.con, [row])
    landing.report.problems.append(f"{error.uri}: {error.detail}")


def _keep_list(landing: Landing, plan: Plan, now: datetime) -> None:
    """Keep the list where some of it could not be understood, and tell so."""
    if plan.listing is None or not plan.odd_count:
        return
    sha256 = snapshots.store(landing.settings.snapshots_dir, plan.listing.data)
    detail = (
        f"{plan.odd_count} lines of the list are not `size md5 url` of a known file "
        f"({'; '.join(plan.odd_lines)}); see whether the feed changed its form"
    )
    row = issue_row(
        landing.spec.source_id, plan.listing.uri, [sha256], "fetch", "manifest", detail, now, landing.run_id
    )
    landing.report.issues_new += write_issues(landing.con, [row])
    landing.report.problems.append(f"{plan.listing.uri}: {detail}")


def _before(landing: Landing, plan: Plan, now: datetime) -> dict[str, datetime]:
    """What the calendar promised between the newest slot that is known and those of the plan."""
    from sources.readers import gdelt

    if not plan.slots:
        return {}
    known = [
        moment
        for slot in slots.known(landing.con, landing.spec.source_id)
        if (moment := gdelt.time_of(slot)) is not None
    ]
    first = min(slot.due for slot in plan.slots)
    if not known or min(known) >= first:
        return {}
    kinds = tuple(sorted({kind for slot in plan.slots if (kind := gdelt.kind_of(slot.name))}))
    since = max(min(known), first - _LONGEST_GAP)
    return dict(gdelt.names_between(since, first - gdelt.STEP, kinds))
