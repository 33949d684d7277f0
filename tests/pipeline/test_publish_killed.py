"""A publication killed at any moment leaves the old file or the new one, and the next one cleans up behind it."""

from __future__ import annotations

import random
import select
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from flows.publish import current_release, publish, releases
from flows.releases import linked_file, run_of
from flows.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
# Publishes one release after the other, and says on each line which it has begun.
PUBLISHER = """
import sys
from flows.publish import publish
from flows.settings import Settings
settings = Settings(home=sys.argv[1])
for number in range(1000):
    run_id = f"{sys.argv[2]}-{number:03}"
    print(run_id, flush=True)
    publish(settings, run_id, fingerprint=run_id)
"""


def publish_until_killed(settings: Settings, name: str, delay: float) -> str:
    """Kill a publisher some time into its second release, when it is warm; gives the last that it had begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(settings.home), name], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    begun = [process.stdout.readline().strip(), process.stdout.readline().strip()]
    time.sleep(delay)
    process.kill()
    process.wait()
    while select.select([process.stdout], [], [], 0)[0] and (line := process.stdout.readline().strip()):
        begun.append(line)
    process.stdout.close()
    return begun[-1]


@pytest.mark.parametrize("kills", [6, pytest.param(150, marks=pytest.mark.long)])
def test_killed_at_any_moment(built: Settings, kills: int) -> None:
    began = time.monotonic()
    publish(built, "k000-first")
    usual = time.monotonic() - began
    chance = random.Random(kills)
    ever_linked = {"k000-first"}
    outcomes = {"old": 0, "new": 0}
    for number in range(1, kills + 1):
        last_begun = publish_until_killed(built, f"k{number:03}", chance.uniform(0, 1.2 * usual))

        linked = linked_file(built)
        assert linked is not None, "the link leads somewhere"
        stem, serial = last_begun.split("-")
        before = f"{stem}-{int(serial) - 1:03}"
        assert run_of(linked) in (before, last_begun)
        outcomes["new" if run_of(linked) == last_begun else "old"] += 1
        ever_linked |= {f"{stem}-{done:03}" for done in range(int(serial))} | {run_of(linked)}
        release = current_release(built)
        assert release is not None and release.run_id == release.fingerprint == run_of(linked)
        with duckdb.connect(str(linked), read_only=True) as con:
            assert con.execute("select run_id from publication").fetchall() == [(run_of(linked),)]
            for table, count in release.row_counts.items():
                assert con.execute(f'select count(*) from "{table}"').fetchone() == (count,)

        final = f"{stem}-end"
        publish(built, final, fingerprint=final)
        ever_linked.add(final)
        assert not list(built.home.rglob("*.tmp*")), "what the killed one left is gone"
        kept = [run_of(path) for path in releases(built)]
        assert kept[-1] == final and set(kept) <= ever_linked, "no file stays that nobody could ever read"
        assert {path.stem for path in built.releases_dir.glob("*.json")} == {f"marts-{run}" for run in kept}
    assert outcomes["old"] > 0
    assert all(path.name.startswith("marts-k") for path in built.releases_dir.iterdir())
