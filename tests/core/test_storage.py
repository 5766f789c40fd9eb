"""Static files are few and small where they travel."""

import json
import re

from tests.benchmarks.chat_weight import CHAT_BYTES
from tests.benchmarks.pages import FIRST_VISIT_BYTES, FIRST_VISIT_REQUESTS


def test_a_first_visit_with_all_its_files_stays_within_its_budget(on_sqlite):
    visit = json.loads(on_sqlite.clear(tables=True)("tests.benchmarks.visit")[-1])
    files = visit["files"]
    # What one page alone needs, that page loads; and what is needed at a certain moment is loaded then.
    assert {re.sub(r"\.\w{12}\.", ".", name) for name in files} == {
        "/",
        "/static/vendor/htmx.min.js",
        "/static/js/dist/app.js",
        "/static/css/dist/all.css",
        "/static/css/dist/app.css",
        "/static/css/dist/own.css",
        "/static/img/icons-app.svg",
        "/static/img/logo.svg",
    }
    assert sum(files.values()) <= FIRST_VISIT_BYTES, files
    assert len(files) <= FIRST_VISIT_REQUESTS, files
    assert set(visit["chat"]) == {"page", "app.js", "app.css"}
    assert sum(visit["chat"].values()) <= CHAT_BYTES, visit["chat"]
    # A script asks for another by the name that changes with its content.
    served = on_sqlite.data / "static" / "js" / "dist"
    asked = {name for path in served.glob("*.*.js") for name in re.findall(r'"\./([\w.]+\.js)"', path.read_text())}
    assert {re.sub(r"\.\w{12}\.js$", "", name) for name in asked} == {"app", "naming", "picker", "pictures"}
    assert all((served / name).exists() for name in asked)
