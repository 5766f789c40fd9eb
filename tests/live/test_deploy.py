"""The files of project/deploy, beyond what the three modes try by running with them."""

import re
from pathlib import Path

import pytest

from project.deploy.render import FOLDER, NAME, render
from tests.elsewhere import ROOT

PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
UNITS = {"web": "homeroom-web.service", "stream": "homeroom-stream@.service", "worker": "homeroom-worker.service"}
CONFIGURATIONS = ["nginx.conf", "pushpin.conf", "pushpin.routes", "zurl.conf"]


@pytest.mark.parametrize("process", PROCFILE)
def test_a_unit_starts_what_the_procfile_starts(process: str) -> None:
    unit = (FOLDER / UNITS[process]).read_text()
    [started] = re.findall(r"^ExecStart=/srv/homeroom/.venv/bin/(.*)$", unit, re.MULTILINE)
    # systemd has a setting of its own for what gives way to the others.
    line = PROCFILE[process]
    assert ("\nNice=10\n" in unit) == line.startswith("nice ")
    assert started == re.sub(r"\$\{(\w+):-[^}]*\}", r"${\1}", line.removeprefix("nice "))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_is_whole_for_one_machine_with_nothing_set(name: str) -> None:
    assert not NAME.search(render(name, {}))
    assert "elsewhere" in render(name, dict.fromkeys(("RUN", "ZURL", "PUSHPIN_TARGETS"), "elsewhere"))


def test_a_name_that_nobody_knows_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.conf").write_text("listen ${NOBODY};")
    monkeypatch.setattr("project.deploy.render.FOLDER", tmp_path)
    with pytest.raises(KeyError):
        render("one.conf", {})


def test_the_example_of_an_environment_names_only_what_is_read() -> None:
    settings = (ROOT / "project" / "settings.py").read_text()
    names = re.findall(r"^#?([A-Z_]+)=", (FOLDER / "homeroom.env").read_text(), re.MULTILINE)
    assert names
    assert [name for name in names if f'"{name}"' not in settings] == []


@pytest.mark.parametrize("unit", sorted(UNITS.values()))
def test_what_a_unit_writes_is_for_nobody_but_itself_and_its_group(unit: str) -> None:
    assert "\nUMask=0027\n" in (FOLDER / unit).read_text()


def test_no_command_of_the_runbook_shows_a_password() -> None:
    commands = re.findall(r"^(?:sudo|pg_|    ).*$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert commands
    assert [line for line in commands if re.search(r"://[^/@ ]*:[^/@ ]*@|PASSWORD|--password", line)] == []
