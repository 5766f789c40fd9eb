"""The inside of the sandbox: a process of its own that reads one file which somebody sent, and is gone.

The modules of this folder run here alone, without Django, settings, secrets or a network. The file is standard input;
the answer is a line of JSON on standard output, followed by the files that were made of it.
"""

import importlib
import json
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

# A process that is confined waits for nobody: no job of its own takes more than a handful of files.
OPEN_FILES = 64
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000


class Refused(Exception):  # noqa: N818 - said of the file
    """The file can't be used; `code` and `facts` say why."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Answer(NamedTuple):
    """What is known of a file, and the files that were made of it."""

    facts: dict[str, Any]
    files: list[bytes]


def confine(memory: int, cpu: int, output: int, niceness: int) -> None:
    """Give up all that reading a file doesn't need, as far as the system lets us; bytes and seconds."""
    with suppress(AttributeError, OSError):
        # Nobody to talk to; as a user who is nobody outside, root too.
        os.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)
    with suppress(AttributeError, OSError):
        os.nice(niceness)
    try:
        import resource
    except ImportError:
        return
    for name, most in {
        "RLIMIT_AS": (memory, memory),
        "RLIMIT_CPU": (cpu, cpu + 2),
        "RLIMIT_FSIZE": (output, output),
        "RLIMIT_NOFILE": (OPEN_FILES, OPEN_FILES),
        "RLIMIT_CORE": (0, 0),
    }.items():
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), most)


def answer(function: str, file: BinaryIO, arguments: dict[str, Any]) -> Answer:
    """What a function of this folder, `module.name`, says of a file; a refusal is an answer too."""
    module, _, name = function.partition(".")
    try:
        return Answer(*getattr(importlib.import_module(f"apps.core.sandboxed.{module}"), name)(file, **arguments))
    except Refused as refused:
        return Answer({"refused": refused.code, **refused.facts}, [])
    except MemoryError:
        return Answer({"refused": "memory"}, [])


def main() -> None:
    """Do what the command line asks for."""
    asked = json.loads(sys.argv[1])
    confine(**asked["limits"])
    facts, files = answer(asked["function"], sys.stdin.buffer, asked["arguments"])
    out = sys.stdout.buffer
    out.write(json.dumps({"facts": facts, "sizes": [len(file) for file in files]}).encode() + b"\n")
    out.writelines(files)
    out.flush()
