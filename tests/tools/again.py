"""Run pytest; what fails beside other tests runs once more alone. `.ci/run` calls this with pytest's arguments.

A test that then passes is listed with the time that it took and doesn't fail the run, since the machine was busy; more
than three such tests do. A test that is listed in two runs needs mending.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

FORGIVEN = 3
FAILED = 1  # pytest's exit code where tests ran and some failed; others are errors of the run itself.
ALONE = ["-n0", "--last-failed", "--last-failed-no-failures=none"]


def pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def last_failed() -> list[str]:
    return sorted(json.loads(Path(".pytest_cache/v/cache/lastfailed").read_text()))


def seconds(report: Path) -> dict[str, float]:
    """What each test of a JUnit report took, by its name."""
    cases = ElementTree.parse(report).iter("testcase")
    return {case.get("name", ""): float(case.get("time", 0)) for case in cases}


def main(*arguments: str) -> int:
    """pytest's exit code, or 0 where at most three tests failed and all of them passed alone."""
    code = pytest(*arguments)
    if code != FAILED:
        return code
    failed = last_failed()
    if len(failed) > FORGIVEN:
        print(f"{len(failed)} tests failed: too many to be the machine's fault.", flush=True)
        return code
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "alone.xml"
        code = pytest(*ALONE, f"--junitxml={report}", *arguments)
        if not code:
            took = seconds(report)
            for name in failed:
                print(f"failed beside others, passed alone: {name} ({took[name.rpartition('::')[2]]:.1f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
