"""Static files are small where they travel, and say the same."""

import json
import re
from pathlib import Path

import pytest

from apps.core.storage import without_comments
from tests.benchmarks.pages import FIRST_VISIT_BUDGET
from tests.elsewhere import ROOT


def test_a_first_visit_with_all_its_files_stays_within_its_budget(on_sqlite):
    files = json.loads(on_sqlite.clear(tables=True)("tests.benchmarks.visit")[-1])
    pages = "".join(path.read_text() for path in Path(ROOT, "templates").rglob("*.html"))
    scripts = {path.name: path.read_text() for path in Path(ROOT, "static/js").glob("*.js")}
    # What one page alone needs, that page loads; and what is needed at a certain moment is loaded then.
    elsewhere = set(re.findall(r"static 'js/(\w+\.js)'", pages)) - {"app.js"}
    later = set(re.findall(r'import\("\./(\w+\.js)"\)', "".join(scripts.values())))
    modules = scripts.keys() - elsewhere - later
    assert {re.sub(r"\.\w+\.js$", ".js", Path(name).name) for name in files if "/js/" in name} == modules
    assert sum(files.values()) <= FIRST_VISIT_BUDGET, files
    served = on_sqlite.data / "static" / "js"
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
