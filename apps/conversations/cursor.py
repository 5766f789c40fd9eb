"""Where a reader stands on each clock of a conversation."""

import re
from typing import NamedTuple, Self


class Cursor(NamedTuple):
    """The last change seen of each clock; `staff` is None for a reader who only sees what is for everyone."""

    everyone: int
    staff: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"12"` or `"12.5"`; raise ValueError for anything else."""
        if not re.fullmatch(r"\d{1,18}(\.\d{1,18})?", text, re.ASCII):
            raise ValueError("A cursor looks like 12 or 12.5.")
        everyone, _, staff = text.partition(".")
        return cls(int(everyone), int(staff) if staff else None)

    def __str__(self) -> str:
        return str(self.everyone) if self.staff is None else f"{self.everyone}.{self.staff}"
