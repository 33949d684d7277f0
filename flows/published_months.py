"""What the last release said of each month of a dyad, kept for the checks while another coder version is at work.

A new coder version may move published numbers. The checks compare months with their published values, and they see
the warehouse only; so these are copied there, and only when the versions differ: else there is nothing to compare.
"""

from __future__ import annotations

import os

from coder import CODER_VERSION
from flows.publish import current_release
from flows.settings import Settings
from flows.warehouse import open_warehouse, transaction


def recall_published_months(settings: Settings, coder_version: str = CODER_VERSION) -> int:
    """Fill `ops.published_months` from the current release, or empty it; says how many months it has."""
    release = current_release(settings)
    with open_warehouse(settings, purpose="check") as con:
        if release is None or release.versions.get("coder") == coder_version:
            con.execute("delete from ops.published_months")
            return 0
        path = os.path.realpath(settings.marts_link).replace("'", "''")
        con.execute(f"attach '{path}' as published (read_only)")
        try:
            with transaction(con):
                con.execute("delete from ops.published_months")
                con.execute(
                    """
                    insert into ops.published_months
                    select actor_a, actor_b, direction, month, goldstein_mean, document_count, ?
                    from published.dyad_months
                    """,
                    [release.versions["coder"]],
                )
        finally:
            con.execute("detach published")
        found = con.execute("select count(*) from ops.published_months").fetchone()
    return int(found[0]) if found else 0
