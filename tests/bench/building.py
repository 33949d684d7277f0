"""How long dbt takes to build and test the marts of the samples, against its building of one model.

A build of one model is dbt's own fixed cost: reading the project, connecting, reporting. What lies above it is
our seeds, models and tests.
"""

from __future__ import annotations

from tests.bench.corpora import SAMPLES
from tests.bench.figures import Figure, in_turn, middle, ratio
from tests.bench.homes import fresh_home, use

_ROUNDS = 3
_ONE_MODEL = "stg_documents"


def measure() -> list[Figure]:
    """A full build as a run does it, in a process that has dbt loaded."""
    from flows.build import build
    from flows.code import code_new
    from flows.ingest import ingest_path
    from flows.settings import load_settings, quiet_telemetry

    with fresh_home() as home:
        use(home)
        settings = load_settings()
        quiet_telemetry(settings)
        ingest_path(settings, SAMPLES)
        code_new(settings)
        first = build(settings)  # imports dbt and reads the project for the first time
        counts = first.counts()
        seconds = in_turn(
            {
                "all": lambda: build(settings),
                "one": lambda: build(settings, arguments=("--select", _ONE_MODEL)),
            },
            _ROUNDS,
        )
    nodes = ", ".join(f"{count} {kind.replace('_', ' ')}s" for kind, count in sorted(counts.items()))
    took, one = middle(seconds["all"]), middle(seconds["one"])
    here = f"{took:.1f} s; one model {one:.1f} s; {nodes}"
    return [
        Figure(
            "building",
            "dbt build of the samples",
            "dbt build of one model",
            ratio(seconds["all"], seconds["one"]),
            here,
        )
    ]
