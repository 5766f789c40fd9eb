"""Where counts are kept: in memory while one process serves, in files that all processes of a machine share otherwise.

prometheus_client's own multi-process mode names its files by process id and never learns that a process died. Here
each process holds a lock on a file of its own for as long as it lives, however it ends; what the dead ones counted is
added to the past, so that a restarted worker neither leaves an open stream behind nor lets a counter fall. When nobody
else lives, counting begins anew. A command that counts nothing makes no files.
"""

import logging
import os
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

if sys.platform != "win32":
    import fcntl

PAST = "past"

log = logging.getLogger("homeroom.metrics")


class Value:
    """One number, as prometheus_client's metrics hold them; it is in its folder once anything was counted there."""

    _multiprocess = True

    def __init__(self, folder: "Folder", *args: Any, **kwargs: Any) -> None:
        self.folder = folder
        self.make: Any = lambda: folder.number(*args, **kwargs)
        self.number: Any = None
        folder.add(self)

    def _real(self) -> Any:
        if self.number is None:
            self.folder.open()
        return self.number

    def inc(self, amount: float) -> None:
        """Add to it."""
        self._real().inc(amount)

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Change it."""
        self._real().set(value)

    def get(self) -> float:
        """What this process counted."""
        return float(self._real().get())

    def set_exemplar(self, exemplar: object) -> None:
        """Not kept."""

    def get_exemplar(self) -> None:
        """None is kept."""


class Folder:
    """The files of one machine's processes, in a folder that is made with the first count."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = ""
        self._pid = 0
        self._alive: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._waiting: list[Value] = []
        self.number: Any = None

    def add(self, value: Value) -> None:
        """A number to keep here; once the folder is open it shows as 0 until it is counted."""
        with self._lock:
            if self.number:
                value.number = value.make()
            else:
                self._waiting.append(value)

    def open(self) -> None:
        """Make the folder, and in it all numbers; they stay in memory, unseen, where it can't be written."""
        with self._lock:
            if self.number is None:
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.path)
                try:
                    self.number = values.MultiProcessValue(self.name)  # type: ignore[no-untyped-call]
                except OSError as error:
                    log.warning("can't count in %s: %s", self.path, error.strerror)
                    self.number = values.MutexValue
            for value in self._waiting:
                value.number = value.make()
            self._waiting.clear()

    def name(self) -> str:
        """This process's own, among all that live or have lived; a forked worker gets another one."""
        if self._pid != os.getpid():
            self._pid, self._name = os.getpid(), ""
            self._join()
        return self._name

    def _join(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        with self._alone():
            others = self._tidy()
            self._name = uuid.uuid4().hex
            self._alive = (self.path / f"{self._name}.alive").open("ab")
            fcntl.flock(self._alive, fcntl.LOCK_EX)
            if not others:
                for file in self.path.glob("*.db"):
                    file.unlink()

    def collect(self) -> list[Any]:
        """What all processes counted, in prometheus_client's families."""
        if not self.path.is_dir():
            return []
        with self._alone():
            self._tidy()
            return list(MultiProcessCollector(None, str(self.path)).collect())  # type: ignore[no-untyped-call]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.path / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _tidy(self) -> int:
        """Add what dead processes counted to the past; how many others live."""
        living = 0
        for file in self.path.glob("*.alive"):
            if file.stem == self._name:
                continue
            with file.open("ab") as alive:
                try:
                    fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    living += 1
                else:
                    self._bury(file.stem)
                    file.unlink()
        return living

    def _bury(self, name: str) -> None:
        for kind in ("counter", "histogram"):
            file = self.path / f"{kind}_{name}.db"
            if file.exists():
                past = MmapedDict(str(self.path / f"{kind}_{PAST}.db"))  # type: ignore[no-untyped-call]
                for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                    past.write_value(key, past.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call]
                past.close()  # type: ignore[no-untyped-call]
        for file in self.path.glob(f"*_{name}.db"):
            file.unlink()
