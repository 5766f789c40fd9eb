"""Static files are small where they travel, and say the same."""

import json
from pathlib import Path

import pytest

from apps.core.storage import without_comments
from tests.benchmarks.pages import FIRST_VISIT_BUDGET
from tests.elsewhere import ROOT, Elsewhere


def test_a_first_visit_with_all_its_files_stays_within_its_budget(tmp_path):
    files = json.loads(Elsewhere(tmp_path)("tests.benchmarks.visit")[-1])
    assert sum(name.startswith("/static/js/") for name in files) == len(list(Path(ROOT, "static/js").glob("*.js")))
    assert sum(files.values()) <= FIRST_VISIT_BUDGET, files
    served = Path(tmp_path, "static/js")
    assert not [path.name for path in served.glob("*.js") if path.read_text().lstrip().startswith("//")]


@pytest.mark.parametrize(
    ("script", "served"),
    [
        ("// Why.\nlet a = 1;\n  // And why.\n  go(a); // here\n", "let a = 1;\n  go(a); // here\n"),
        ("const text = `\n// stays\n`;\n// goes\n", "const text = `\n// stays\n`;\n"),
    ],
)
def test_only_lines_that_are_nothing_but_a_comment_are_left_out(script, served):
    assert without_comments(script) == served
