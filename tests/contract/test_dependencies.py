"""The three lists of dependencies say the same, and the lock names no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _chosen(project: Path) -> set[str]:
    lines = (project / "requirements.in").read_text("utf-8").splitlines()
    return {line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()}


def test_requirements_in_is_what_pyproject_declares(project: Path) -> None:
    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert _chosen(project) == {*declared["dependencies"], *declared["optional-dependencies"]["dev"]}


def test_the_lock_holds_every_choice_with_hashes_and_names_no_index(project: Path) -> None:
    lock = (project / "requirements.lock").read_text("utf-8")
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock and " @ " not in lock
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==[^\s;\\]+", lock, flags=re.M)
    assert {_name(choice) for choice in _chosen(project)} <= {_name(name) for name in pinned}
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
