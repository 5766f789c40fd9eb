"""Time zones come from the pinned package, whatever the machine's own files say."""

import shutil
import subprocess
import sys
import zoneinfo
from importlib.resources import as_file, files

import pytest
from django.contrib import admin
from django.db.models import DateTimeField

from tests.elsewhere import ROOT, environment

ASK = (
    "import datetime, zoneinfo; zone = zoneinfo.ZoneInfo('Africa/Casablanca');"
    "print(datetime.datetime(2026, 12, 1, tzinfo=zone).utcoffset())"
)
# What the processes of the Procfile, the commands and the tests import first.
STARTS = {
    "web": ["-c", f"import project.wsgi; {ASK}"],
    "stream": ["-c", f"import project.asgi; {ASK}"],
    "worker and commands": ["manage.py", "shell", "--no-imports", "-c", ASK],
    "tests": ["-c", f"import django; django.setup(); {ASK}"],
}


@pytest.fixture
def old_files(tmp_path):
    """The environment of a machine on which Morocco is an hour ahead, as it was before 2026b."""
    (tmp_path / "Africa").mkdir()
    with as_file(files("tzdata.zoneinfo") / "Africa" / "Algiers") as an_hour_ahead:
        shutil.copyfile(an_hour_ahead, tmp_path / "Africa" / "Casablanca")
    return environment(tmp_path, PYTHONTZPATH=str(tmp_path))


def offset(arguments, env):
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_old_files_would_be_found_first(old_files):
    assert offset(["-c", ASK], old_files) == "1:00:00"


@pytest.mark.parametrize("start", STARTS)
def test_each_process_knows_the_rules_of_the_pinned_package(old_files, start):
    assert offset(STARTS[start], old_files) == "0:00:00"


def test_no_files_of_the_machine_are_read_here():
    assert zoneinfo.TZPATH == ()


def test_no_page_of_the_admin_lets_the_database_convert_a_time_zone():
    """PostgreSQL has time zone rules of its own, and a hierarchy of moments groups by day there."""
    for model, page in admin.site._registry.items():
        if page.date_hierarchy:
            assert not isinstance(model._meta.get_field(page.date_hierarchy), DateTimeField), model
