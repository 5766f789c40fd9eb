"""What failed beside other tests gets one more try, alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.elsewhere import ROOT

FLAKY = """
import pathlib, pytest

@pytest.mark.parametrize("number", range({flaky}))
def test_busy(number):
    tried = pathlib.Path(f"tried{{number}}")
    if not tried.exists():
        tried.touch()
        assert False

def test_sound():
    pass
"""
BROKEN = "def test_broken():\n    assert False\n"


@pytest.mark.parametrize(
    ("tests", "code", "said"),
    [
        (FLAKY.format(flaky=0), 0, "1 passed"),
        (FLAKY.format(flaky=3), 0, "failed beside others, passed alone: test_it.py::test_busy[2] (0."),
        (FLAKY.format(flaky=4), 1, "4 tests failed: too many"),
        (BROKEN, 1, "1 failed"),
        ("nonsense(", 2, "1 error"),
    ],
    ids=["sound", "busy", "too many", "broken", "error"],
)
def test_a_test_that_passes_alone_is_listed_and_at_most_three_are_forgiven(tmp_path: Path, tests, code, said):
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "test_it.py").write_text(tests)
    command = [sys.executable, ROOT / "tests/tools/again.py", "-p", "no:django"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
