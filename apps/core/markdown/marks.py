"""What Markdown itself doesn't know (boxes, formulas, keys, comments), kept out of its parser's way.

Where code begins and ends, only the parser knows. So everything is taken out of the source before, each part replaced
by a mark; where a mark comes out in code, in an address or in an alternative text, the writer puts back what was typed.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

# Unicode keeps these for programs' own use (23.7): they mean nothing in a text, so that nobody's text loses anything.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
CODE_MARK = re.compile(f"\n?{OPEN}([0-9]+){CLOSE}\n{{0,2}}")
# As cmark writes them in an address.
URL_MARK = re.compile("%EF%B7%90([0-9]+)%EF%B7%91")

# Formulas longer than this are somebody's mistake, or worse.
FORMULA = 1_000
# `$5 and 6$`: words after a number are prose.
PRICE = re.compile(r"[0-9][0-9.,]*\s+[^\W\d_]{2,}")

# Each alternative reads on to its end or to the next sign that could begin it, and never goes back: linear time.
SPECIAL = re.compile(
    r"""
      ^(?P<before>(?:[ \t]*+>)*+[ \t]*+)(?P<fence>:{3,200}+[^\n`]{0,200}+)$
    | <(?P<tag>kbd|sub|sup)>(?P<inside>[^<>`\n]{1,100})</(?P=tag)>
    | (?P<line><br[ ]?/?>)
    | (?P<address><(?:https?:|mailto:)[^\s<>]*+> | <[^\s<>@:/]++@[^\s<>@]++>)
    | (?<!\\)(?<!\]\()(?<!\]:[ ])(?P<less><)(?=[a-zA-Z/!?])
    | (?<![\\$])\$\$(?P<display>(?:\\[^\n]|[^\\$`\n]|\\?\n(?![ \t]*\n))++)\$\$(?!\$)
    | (?<![\\$\w])\$(?P<inline>(?=[^\s$])(?:\\[^\n]|[^\\$`\n])++)(?<=\S)\$(?![\w$])
    | (?<=\))(?P<attributes>\{[ ]*+(?:[\w-]++=(?:'(?:\\.|[^'\\\n])*+'|"(?:\\.|[^"\\\n])*+")[ ]*+|[.\#][\w-]++[ ]*+)++\})
    """,
    re.MULTILINE | re.VERBOSE,
)
FENCE = re.compile(
    r":+[ \t]*(?:\{[ \t]*\.?(?P<braced>[\w-]+)[^}]*\}|(?P<kind>[\w-]+)(?P<title>[^:\n]*))?[ \t]*:*[ \t]*"
)
COMMENT_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


class Mark(NamedTuple):
    """What was typed, of which sort it is, and the parts of it that say more."""

    sort: str
    typed: str
    parts: tuple[str, ...] = ()


class Marks(list[Mark]):
    """Everything taken out of one source; the number in a mark is the place here."""

    def add(self, *mark: str | tuple[str, ...]) -> str:
        """The mark to stand in the source."""
        self.append(Mark(*mark))  # type: ignore[arg-type]
        return f"{OPEN}{len(self) - 1}{CLOSE}"

    def find(self, number: str) -> Mark | None:
        """The mark of that number; None for a number that nobody gave out."""
        return self[int(number)] if len(number) < 8 and int(number) < len(self) else None

    def typed(self, text: str, pattern: re.Pattern[str] = MARK) -> str:
        """The text as it was before its marks."""
        return pattern.sub(lambda found: self._typed(found[1]), text)

    def _typed(self, number: str) -> str:
        mark = self.find(number)
        return mark.typed if mark else ""

    def in_code(self, text: str) -> str:
        """The same for a block of code, where a fence of colons brought its own blank lines."""
        return CODE_MARK.sub(self._line, text)

    def _line(self, found: re.Match[str]) -> str:
        mark = self.find(found[1])
        if mark and mark.sort == "fence":
            return f"{mark.typed}\n"
        before, after = found[0].split(CLOSE)[0].count("\n"), found[0].count("\n")
        return "\n" * before + self._typed(found[1]) + "\n" * (after - before)


def take_out(source: str) -> tuple[str, Marks]:
    """The source with marks, and what they stand for."""
    marks = Marks()
    text = source.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")
    text = _without_comments(text, marks)
    return SPECIAL.sub(lambda found: SORTS[found.lastgroup or ""](found, marks), text), marks


def _without_comments(text: str, marks: Marks) -> str:
    """HTML comments are notes to oneself; one that would swallow the beginning of a block of code is none."""
    pieces, reached = [], 0
    while (start := text.find("<!--", reached)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        whole = text[start : end + 3]
        is_one = text[start - 1 : start] != "`" and len(COMMENT_FENCE.findall(whole)) % 2 == 0
        pieces += [text[reached:start], marks.add("comment", whole) if is_one else whole]
        reached = end + 3
    return "".join(pieces) + text[reached:]


def _fence(found: re.Match[str], marks: Marks) -> str:
    fence = FENCE.fullmatch(found["fence"])
    if not fence:
        return found[0]
    kind = (fence["kind"] or fence["braced"] or "").lower()
    mark = marks.add("fence", found["fence"], (kind, (fence["title"] or "").strip()))
    before: str = found["before"]
    # A paragraph of its own, whatever stands around it.
    return f"{before.rstrip()}\n{before}{mark}\n{before.rstrip()}"


def _formula(found: re.Match[str], marks: Marks) -> str:
    latex = found["display"] or found["inline"]
    if not latex.strip() or len(latex) > FORMULA or PRICE.match(latex):
        return found[0]
    return marks.add("formula", found[0], (latex, "block" if found["display"] else "inline"))


def _tag(found: re.Match[str], marks: Marks) -> str:
    return marks.add("tag", found[0], (found["tag"], found["inside"]))


def _as(sort: str) -> Callable[[re.Match[str], Marks], str]:
    return lambda found, marks: marks.add(sort, found[0])


SORTS: dict[str, Callable[[re.Match[str], Marks], str]] = {
    "fence": _fence,
    "inside": _tag,
    "line": _as("line"),
    "address": lambda found, marks: found[0],
    "less": _as("less"),
    "display": _formula,
    "inline": _formula,
    "attributes": _as("attributes"),
}
