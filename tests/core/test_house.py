"""The house in order: layers, migrations, templates, the README."""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command, get_commands
from django.tasks import Task
from django.template import TemplateSyntaxError, engines
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from project.variables import KNOWN
from tests.elsewhere import ROOT

TEMPLATES = sorted(path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.*"))
README = (ROOT / "README.md").read_text()
ALLOWED_AT_THE_TOP = {"apps", "manage.py", "Procfile", "project", "pyproject.toml", "README.md", "LICENSE"} | {
    "static",
    "templates",
    "tests",
    "theme",
}


def test_an_app_imports_only_from_apps_below_it_and_no_module_itself_through_others():
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


def test_the_layers_are_exhaustive():
    rules = (ROOT / "pyproject.toml").read_text()
    assert "exhaustive = true" in rules
    for config in apps.get_app_configs():
        if config.name.startswith("apps."):
            # Alone in its layer, or beside apps that it doesn't know.
            assert re.search(rf'^    "([a-z]+ \| )*{config.label}( \| [a-z]+)*",$', rules, re.MULTILINE)


def test_each_job_that_is_queued_by_its_name_is_there():
    sources = "".join(path.read_text() for path in (ROOT / "apps").rglob("*.py"))
    names = set(re.findall(r"(?<![.\w])enqueue(?:_after_commit)?\(\s*\"([^\"]+)\"", sources))
    assert "notifications.tell" in names
    for app, job in (name.split(".") for name in names):
        assert isinstance(import_string(f"apps.{app}.tasks.{job}"), Task)


def test_the_migrations_are_complete(db):
    said = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)  # Exits with 1 where one is missing.
    assert said.getvalue().strip() == "No changes detected"


def test_every_template_compiles():
    broken = {}
    for name in TEMPLATES:
        try:
            get_template(str(name))
        except TemplateSyntaxError as error:
            broken[str(name)] = str(error)
    assert broken == {}


def test_a_template_is_reached_from_somewhere():
    """A page, a fragment or an override of allauth's or Django's: none is left over."""
    code = "".join(path.read_text() for path in (ROOT / "apps").rglob("*.py"))
    code += "".join((ROOT / "templates" / name).read_text() for name in TEMPLATES)
    ours = [str(name) for name in TEMPLATES if not str(name).startswith(("account/", "allauth/", "admin/", "mfa/"))]
    by_django = {"400.html", "403.html", "404.html", "429.html", "500.html"}
    assert [name for name in ours if name not in code and name not in by_django] == []


def test_the_template_engine_fails_on_what_it_does_not_know():
    with pytest.raises(Exception, match="Invalid block tag"):
        engines["django"].from_string("{% no_such_tag %}")


def addresses(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not route.startswith(("admin/", "accounts/")):
            yield route


def test_what_needs_a_login_says_so_to_everyone(client, db):
    """Pages are for people who are signed in, unless they say otherwise."""
    # No worker runs here; a link in a mail is signed; of courses readers without an account find those for everybody.
    open_to_all = {"healthz": 200, "metrics": 200, "readyz": 503, "notifications/unsubscribe/<str:token>/": 404}
    course, lesson = "courses/<int:pk>/", "courses/<int:pk>/lessons/<int:lesson_pk>/"
    open_to_all |= {"certificates/<str:number>/": 404, "feeds/<str:secret>.ics": 404}
    parts = ("", "outline/", "file/", "captions/", "files/<int:file_pk>/")
    open_to_all |= {"courses/": 200, course: 404, f"{course}cover/": 404} | {f"{lesson}{part}": 404 for part in parts}
    for route in addresses(get_resolver().url_patterns):
        path = "/" + re.sub(r"<[^>]*>", "1", route)
        if route in open_to_all:
            assert client.get(path).status_code in {200, open_to_all[route]}, path
        else:
            answer = client.get(path)
            assert (answer.status_code, answer.headers.get("Location", "")[:17]) == (302, "/accounts/login/?"), path


@pytest.mark.parametrize("path", ["/", "/students/", "/batches/", "/payments/pending/", "/accounts/login/", "/nowhere"])
def test_no_page_allows_or_carries_inline_script_or_style(client_for, cast, path):
    page = client_for(None if "login" in path else cast.staff).get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    html = page.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|hx-on|[\"']js:", html)


def test_nothing_else_is_at_the_top():
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    # uv writes its lock file, with download addresses in it; it stays out of the repository.
    assert top - {"uv.lock"} <= ALLOWED_AT_THE_TOP
    assert "uv.lock" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_readme_is_two_screens_at_most():
    assert len(README.splitlines()) <= 100
    assert max(len(line) for line in README.splitlines()) <= 250


def test_the_readmes_commands_exist():
    commands = re.findall(r"manage\.py (\w+)", README)
    assert {"demo", "migrate", "collectstatic"} <= set(commands)
    assert set(commands) <= set(get_commands())
    for module in re.findall(r"python -m (tests[\w.]+)", README):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
    assert "pip install uv && uv run manage.py demo" in README
    assert "uv run pytest" in README


def test_what_the_readme_shows_and_links_to_is_there():
    for target in re.findall(r'\]\(([^)#:]+)\)|src="([^":]+)"', README):
        assert (ROOT / "".join(target)).exists(), target


def test_every_variable_is_described():
    described = (ROOT / "project/deploy/variables.md").read_text()
    for name in [*KNOWN, "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]:
        assert f"`{name}`" in described, name


def test_what_the_readme_points_to_is_there():
    for path in re.findall(r"`((?:apps|tests|templates|static|theme)/[\w./-]+\.\w+)`", README):
        assert (ROOT / path).exists(), path


def test_every_direct_dependency_is_pinned():
    project = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:dependencies|dev) = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert len(lists) == 2
    for line in re.findall(r'"([^"]+)"', "".join(lists)):
        assert re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line), line
    assert "exclude-newer" in project


def test_each_process_of_the_procfile_is_there():
    processes = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert set(processes) == {"web", "stream", "worker"}
    for command in processes.values():
        program = command.removeprefix("nice ").split()[0]
        assert program == "python" or Path(sys.executable).with_name(program).exists()
