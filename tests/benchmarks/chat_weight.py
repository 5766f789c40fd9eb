"""What the chat adds to a first visit, in bytes as they travel: its button, its rules in app.css, its lines in app.js.

Each is cut out of what is served, and both versions are compressed: repeated words cost little, so the bytes of the
parts alone would say too much.
"""

import gzip
import re
from pathlib import Path

CHAT_BYTES = 300
DIST = Path(__file__).parents[2] / "theme" / "static"
MARK = "chat"
BUTTON = re.compile(r'<a class="chat-button".*?</a>', re.DOTALL)
RESUMING = re.compile(r"sessionStorage\.chat&&.*?;(?=\w)")
# Room for the disc below what has the focus.
ROOM = ":root{scroll-padding-block-end:5rem}"


def weigh_chat(page: str) -> dict[str, int]:
    """How many compressed bytes the chat adds to a page of somebody who has it, and to each file of the page."""
    script, sheet = ((DIST / name).read_text() for name in ("js/dist/app.js", "css/dist/app.css"))
    return {
        "page": _added(page, without_button(page)),
        "app.js": _added(script, without_script(script)),
        "app.css": _added(sheet, without_rules(sheet)),
    }


def without_button(page: str) -> str:
    return BUTTON.sub("", page)


def without_script(script: str) -> str:
    return RESUMING.sub("", script)


def without_rules(sheet: str) -> str:
    """A minified sheet without the rules that name the chat, and without the blocks that hold nothing else."""
    sheet = sheet.replace(ROOM, "")
    while MARK in sheet:
        start = max(sheet.rfind(sign, 0, sheet.index(MARK)) for sign in "{};") + 1
        sheet = sheet[:start] + sheet[_end(sheet, start) :]
        sheet = re.sub(r"@media[^{};]*\{\}", "", sheet)
    return sheet


def _end(sheet: str, start: int) -> int:
    """Where the rule that begins at `start` ends."""
    depth = 0
    for at in range(start, len(sheet)):
        depth += {"{": 1, "}": -1}.get(sheet[at], 0)
        if sheet[at] == "}" and depth == 0:
            return at + 1
    raise ValueError("The sheet ends in the middle of a rule.")


def _added(whole: str, rest: str) -> int:
    """How many compressed bytes `whole` has more than `rest`, which is it without the chat."""
    assert rest != whole
    assert MARK not in rest, rest[max(0, rest.find(MARK) - 60) :][:120]
    return len(gzip.compress(whole.encode(), 9, mtime=0)) - len(gzip.compress(rest.encode(), 9, mtime=0))
