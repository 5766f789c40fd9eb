"""Converts texts of question files to Markdown: plain text that reads as typed, and HTML as far as Markdown goes."""

import re
from html.parser import HTMLParser

from apps.core.sandboxed.question_parts import Unfit

TEX = re.compile(r"\\\((.{1,900}?)\\\)|\\\[(.{1,900}?)\\\]|\$\$([^$]{1,900}?)\$\$", re.DOTALL)
SIGN = re.compile(r"[\\`*\[\]$~]|(?<![^\W_])_|_(?![^\W_])|<(?=[a-zA-Z/!?])|&(?=#?\w+;)|(?<=\))\{")
START = re.compile(r"^[ \t]*(?:([#>+=|:-])|(\d{1,9})([.)]))", re.MULTILINE)
TAG = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|span|div|sub|sup|code|pre|ul|ol|li|img|a|h[1-6]|table|tr|td|th)\b[^<>]*>",
    re.IGNORECASE,
)
# Marks a line break to keep. A noncharacter (Unicode 23.7), which no text contains.
BREAK = "\ufdde"
LOOSE = re.compile(rf"[ \t]*{BREAK}(?=\s*(?:\n[ \t]*\n|{BREAK}|\Z))|(?<![^\n]){BREAK}")
BLANK = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")

BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article", "table", "tr", "dl", "dd"}
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~", "s": "~~", "code": "`", "tt": "`", "kbd": "`"}
HELD = {*MARKS, "sub", "sup", "a", "li", "pre", "ul", "ol"}
SILENT = {"script", "style", "head", "title", "template", "noscript"}
UNFIT = {
    **dict.fromkeys(("img", "svg", "picture", "canvas"), "it holds a picture, which isn’t imported"),
    **dict.fromkeys(("video", "audio", "source"), "it holds a recording, which isn’t imported"),
    **dict.fromkeys(("iframe", "object", "embed", "form", "input", "select"), "it holds something embedded"),
    "math": "it holds a formula in MathML: write it as $…$",
}


def plain(text: str) -> str:
    """Escape plain text for Markdown, except formulas in `\\(…\\)` and `$$…$$`."""
    pieces, reached = [], 0
    for found in TEX.finditer(text):
        pieces.append(_escaped(text[reached : found.start()]))
        inner = (found[1] or found[2] or found[3]).strip()
        pieces.append(f"${inner}$" if found[1] else f"$${inner}$$")
        reached = found.end()
    return "".join([*pieces, _escaped(text[reached:])])


def _escaped(text: str) -> str:
    text = text.replace("<!--", "&\0lt;!--")
    text = SIGN.sub(r"\\\g<0>", text)
    text = START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text)
    return text.replace("&\0lt;", "&lt;")


def paragraphs(text: str) -> str:
    """Escape plain text and keep its line breaks."""
    lines = (line.strip() for line in text.split("\n"))
    return settled(plain(f"{BREAK}\n".join(lines)).replace(f"{BREAK}\n", BREAK))


def has_tags(text: str) -> bool:
    """Does the text contain HTML tags?"""
    return TAG.search(text) is not None


def settled(text: str) -> str:
    """Turn BREAK marks into Markdown line breaks and collapse blank lines."""
    text = re.sub(rf"(?:[ \t]*{BREAK}){{2,}}", "\n\n", text)
    text = LOOSE.sub("", text).replace(BREAK, "\\\n")
    return BLANK.sub("\n\n", text).strip("\n ")


def markdown(html: str) -> str:
    """Convert HTML to Markdown without its styling; raises Unfit for pictures and other embedded content."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return settled(reader.finish())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # Open elements that affect their content, with the Markdown collected so far.
        self.open: list[tuple[str, str, list[str]]] = [("", "", [])]
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if why := UNFIT.get(tag):
            raise Unfit(why)
        if tag in SILENT:
            self.silent += 1
        elif tag == "br":
            self._add(BREAK)
        elif tag == "hr" or tag in BLOCKS:
            self._add("\n\n")
        elif tag in {"td", "th"}:
            self._add(" ")
        elif tag in HELD:
            if len(self.open) > 60:
                raise Unfit("its HTML is nested too deeply")
            self.open.append((tag, dict(attrs).get("href") or "", []))

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag in BLOCKS:
            self._add("\n\n")
        elif tag in {"td", "th"}:
            self._add(" · ")
        elif any(name == tag for name, _, _ in self.open[1:]):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        names = {name for name, _, _ in self.open}
        if "pre" in names:
            self._add(data)
        elif names & {"code", "tt", "kbd"}:
            self._add(" ".join(data.split("\n")))
        else:
            self._add(plain(re.sub(r"\s+", " ", data)))

    def finish(self) -> str:
        while len(self.open) > 1:
            self._close()
        text = "".join(self.open[0][2])
        # Drop the separator after the last cell of a row.
        return re.sub(r" · [ \t]*(?=\n|\Z)", "", text)

    def _add(self, text: str) -> None:
        self.open[-1][2].append(text)

    def _close(self) -> str:
        name, href, pieces = self.open.pop()
        self._add(_written(name, href, "".join(pieces), self.open))
        return name


def _written(name: str, href: str, text: str, around: list[tuple[str, str, list[str]]]) -> str:
    if name == "pre":
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
        return f"\n\n{fence}\n{text.replace(BREAK, chr(10)).strip(chr(10))}\n{fence}\n\n"
    if name in {"ul", "ol"}:
        return f"\n\n{text.strip()}\n\n" if around[-1][0] != "li" else f"\n{text.strip()}\n"
    if name == "li":
        mark = "1. " if around[-1][0] == "ol" else "- "
        return "\n" + mark + settled(text).replace("\n", "\n" + " " * len(mark))
    inner = text.strip().strip(BREAK)
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if name == "a":
        good = re.match(r"(?:https?://|mailto:)[^\s()<>]+\Z", href)
        return f"{before}[{inner}]({href}){after}" if good else text
    if name in {"sub", "sup"}:
        return f"{before}<{name}>{inner}</{name}>{after}" if len(inner) <= 100 and "<" not in inner else text
    mark = MARKS[name]
    if mark == "`":
        mark = "`" * (max([0, *map(len, re.findall("`+", inner))]) + 1)
        inner = f" {inner} " if "`" in inner else inner
    elif "\n\n" in inner or BREAK in inner:
        return text
    return f"{before}{mark}{inner}{mark}{after}"
