"""Which tests stay together on one worker of pytest-xdist, and which of them come first.

Tests that share a server are a group, all others are one with their module. What takes longest begins first, so that
the workers end together.
"""

from collections.abc import Generator

import pytest

# Fixtures that are servers, and the groups of their tests.
STACKS = {
    "many_machines": "many_machines",
    "embedded": "embedded",
    "one_machine": "one_machine",
    "on_sqlite": "sqlite",
    "on_postgresql": "postgresql",
}
FIRST = ("faults", "core/test_one_machine", "live", "browser", "dashboard/test_demo", "attacks", "notifications")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item)))
    yield
    if hasattr(config, "workerinput") and not all("@" in item.nodeid for item in items):
        raise pytest.UsageError("pytest-xdist doesn't keep groups together: each worker would start every server.")
    # After pytest-django, which would have everything that starts a server come last.
    items.sort(key=rank)


def group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    module = item.nodeid.partition("::")[0]
    return next((group for stack, group in STACKS.items() if stack in fixtures), module)


def rank(item: pytest.Item) -> int:
    path = item.nodeid.removeprefix("tests/")
    return next((number for number, first in enumerate(FIRST) if path.startswith(first)), len(FIRST))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Reports name a test as its author does, without the group that pytest-xdist adds: so it can be run again."""
    if hasattr(report, "node") and report.nodeid.rfind("@") > report.nodeid.rfind("]"):
        report.nodeid = report.nodeid.rpartition("@")[0]
