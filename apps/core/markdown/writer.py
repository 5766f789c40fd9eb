"""The parser's HTML, read once from beginning to end and written anew as ours."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote

from django.utils.html import escape

from apps.core import links
from apps.core.markdown import boxes
from apps.core.markdown.code import Highlighter
from apps.core.markdown.formulas import Broken, Formulas
from apps.core.markdown.marks import CLOSE, MARK, OPEN, URL_MARK, Mark, Marks
from apps.core.markdown.outline import Footnotes, Outline
from apps.core.markdown.output import DEEP, Box, Output
from apps.core.markdown.pieces import PIECE
from apps.core.markdown.places import Places, Resolve

ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
ALT = re.compile(r"""\balt=(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")""", re.DOTALL)
VOID = {"br", "hr"}
DEEPEST_BOX = 6
MOST_PROBLEMS = 50
# It scrolls sideways where it is too wide, by keyboard too.
TABLE = '<div class="prose-scroll" tabindex="0" role="group" aria-label="Table"><table>'
# Characters of code that a phone shows on one line, in a box within a box.
NARROW = 24


class Writer(Output):
    """Writes one text."""

    def __init__(
        self, html: str, marks: Marks, resolve: Resolve | None, *, prefix: str, top: int, teachers: bool
    ) -> None:
        super().__init__()
        self._problems: dict[str, None] = {}
        self._html, self._marks, self._teachers = html, marks, teachers
        self._places = Places(resolve, prefix, self._report)
        self._outline, self._footnotes = Outline(prefix, top, html), Footnotes(prefix, top)
        self._highlighter, self._formulas = Highlighter(), Formulas()

    def write(self) -> str:
        """All of it."""
        for found in PIECE.finditer(self._html):
            if found.lastgroup:
                HANDLERS[found.lastgroup](self, found)
        self._close_boxes()
        for anchor in self._places.anchors:
            if anchor not in self._outline.ids:
                self._report(f"No heading here is called “{anchor}”, which a link leads to.")
        return re.sub(r"<p>\s*</p>\n?", "", "".join(self._out))

    @property
    def problems(self) -> list[str]:
        """What the author should know, each sentence once."""
        return list(self._problems)

    def _report(self, sentence: str) -> None:
        if not self._hidden and len(self._problems) < MOST_PROBLEMS:
            self._problems[sentence] = None

    # Elements

    def _tag(self, found: re.Match[str]) -> None:
        tag, attributes = found["tag"], dict(ATTRIBUTE.findall(found["attributes"]))
        if found["close"]:
            self._close_boxes()
            self._end()
        elif tag in VOID:
            self._emit(f"<{tag}>")
        elif re.fullmatch(r"h[1-6]", tag):
            self._begin(tag, finish=lambda inner: self._heading(int(tag[1]), inner))
        elif tag == "a":
            href, title = self._typed_url(attributes["href"]), self._typed(attributes.get("title", ""))
            self._begin("a", finish=lambda inner: self._places.link(href, inner, title))
        elif tag == "section":
            self._close_boxes()
            self._begin(tag, finish=self._footnotes.section)
        else:
            self._plain(tag, attributes)

    def _plain(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag that stays as it is, unless that would be too deep."""
        too_deep = self._depth.get(tag, 0) >= DEEP.get(tag, 1)
        if too_deep or (tag == "li" and self._open and not self._open[-1].end):
            return self._begin(tag)
        begin, end = f"<{tag}>", f"</{tag}>"
        if tag == "table":
            begin, end = (
                f'<div class="prose-scroll" tabindex="0" role="group" aria-label="Table">{begin}',
                f"{end}</div>",
            )
        elif tag in {"th", "td"}:
            align = f' class="align-{attributes["align"]}"' if "align" in attributes else ""
            begin = f'<th{align} scope="col">' if tag == "th" else f"<td{align}>"
        elif "start" in attributes:
            begin = f'<ol start="{attributes["start"]}">'
        self._emit(begin)
        return self._begin(tag, end=end)

    def _heading(self, level: int, inner: str) -> str:
        anchor = self._outline.anchor(inner)
        if self._boxes:
            around, box = self._open[-1], self._boxes[-1]
            if around.box and not box.heading and not "".join(self._out[around.start :]).strip():
                box.heading, box.anchor = inner, anchor
                return ""
            level = min(6, box.level + 1)
        else:
            level = self._outline.place(level)
        return f'<h{level} id="{escape(anchor)}">{inner}</h{level}>'

    # Boxes

    def _fence(self, found: re.Match[str]) -> None:
        mark = self._marks.find(found["fence"])
        if not mark or mark.sort != "fence":
            self._emit("<p>")
            self._words(f"{OPEN}{found['fence']}{CLOSE}")
            return self._emit("</p>\n")
        name, title = mark.parts
        if name:
            return self._begin_box(name, title)
        if self._open and self._open[-1].box:
            return self._end()
        return self._report("A line of colons ends a box that wasn’t begun.")

    def _begin_box(self, name: str, title: str) -> None:
        above = self._boxes[-1].level if self._boxes else self._outline.level
        box = Box(boxes.kind_of(name), min(6, above + 1), escape(title))
        if name in boxes.TEACHERS and not self._teachers:
            return self._begin("box", box=box, hides=True)
        if len(self._boxes) >= DEEPEST_BOX:
            return self._begin("box", box=box)
        return self._begin(
            "box", box=box, finish=lambda body: boxes.box(box.kind, box.level, box.heading, box.anchor, body)
        )

    def _close_boxes(self) -> None:
        while self._open and self._open[-1].box:
            kind = self._open[-1].box.kind
            self._end()
            self._report(f"The box “{kind.label}” isn’t ended: put a line of colons where it ends.")

    # Footnotes

    def _note(self, found: re.Match[str]) -> None:
        if not self._hidden:
            self._emit(self._footnotes.refer(found["note"]))

    def _item(self, found: re.Match[str]) -> None:
        begin = self._footnotes.item(found["item"])
        self._emit(begin)
        self._begin("li", end="</li>", hides=not begin)

    def _return(self, found: re.Match[str]) -> None:
        if not found["again"]:
            self._emit(self._footnotes.back(found["back"]))

    # Words, code, pictures

    def _text(self, found: re.Match[str]) -> None:
        if not self._hidden:
            self._words(found["text"])

    def _words(self, text: str) -> None:
        """Text with marks: those that are more than what was typed become it."""
        waiting = ""
        for place, part in enumerate(MARK.split(text)):
            mark = self._marks.find(part) if place % 2 else None
            if mark and mark.sort in MADE:
                self._emit(self._linking(waiting) + MADE[mark.sort](self, mark))
                waiting = ""
            elif not place % 2:
                waiting += unescape(part)
            elif mark and mark.sort != "comment":
                waiting += mark.typed
        self._emit(self._linking(waiting))

    def _linking(self, text: str) -> str:
        """Plain words, escaped; addresses among them are links."""
        html, reached = "", 0
        for link in () if self._linked else links.find(text):
            html += escape(text[reached : link.start]) + self._places.link(
                link.url, escape(text[link.start : link.end])
            )
            reached = link.end
        return html + escape(text[reached:])

    def _formula(self, mark: Mark) -> str:
        try:
            return self._formulas.mathml(*mark.parts)
        except Broken as broken:
            self._report(f"The formula {mark.typed} can’t be shown: {broken}.")
            return f'<code class="formula-broken">{escape(mark.typed)}</code>'

    def _code(self, found: re.Match[str]) -> None:
        self._emit(f"<code>{escape(self._marks.typed(unescape(found['code'])))}</code>")

    def _block(self, found: re.Match[str]) -> None:
        if self._hidden:
            return
        code = self._marks.in_code(unescape(found["block"]))
        language = unescape(found["language"] or "").strip("{.}").lower()
        look = f" code-{language}" if language in {"output", "error"} else ""
        # Whoever has no mouse scrolls it with the arrows, once it has the focus.
        scrolls = ' tabindex="0"' if any(len(line) > NARROW for line in code.split("\n")) else ""
        self._emit(f'<pre class="code{look}"{scrolls}><code>{self._highlighter.html(code, language)}</code></pre>\n')

    def _figure(self, found: re.Match[str]) -> None:
        self._begin("p", finish=lambda inner: f"<figure>{inner}</figure>")

    def _picture(self, found: re.Match[str]) -> None:
        mark = self._marks.find(found["more"] or "") if found["more"] else None
        given = ALT.search(mark.typed) if mark and mark.sort == "attributes" else None
        alt = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", given[1] or given[2] or "") if given else self._typed(found["alt"])
        if self._hidden:
            return
        self._emit(self._places.picture(self._typed_url(found["src"]), alt, decoration=given is not None and not alt))
        if found["caption"] and self._open and self._open[-1].tag == "p" and self._open[-1].finish:
            self._emit(f"<figcaption>{escape(self._typed(found['caption']))}</figcaption>")
        self._rest(found["more"])

    def _link_end(self, found: re.Match[str]) -> None:
        self._end()
        self._rest(found["linked"])

    def _rest(self, number: str | None) -> None:
        """What stood in braces behind a link or a picture was said to the program; anything else was text."""
        mark = self._marks.find(number) if number else None
        if mark and mark.sort != "attributes":
            self._words(f"{OPEN}{number}{CLOSE}")

    def _task(self, found: re.Match[str]) -> None:
        state, word = (" task-done", "Done") if found["task"] else ("", "To do")
        self._emit(f'<span class="task{state}"><span class="visually-hidden">{word}: </span></span>')

    def _typed(self, attribute: str) -> str:
        return self._marks.typed(unescape(attribute))

    def _typed_url(self, attribute: str) -> str:
        return URL_MARK.sub(lambda found: quote(self._marks.typed(f"{OPEN}{found[1]}{CLOSE}")), unescape(attribute))


MADE: dict[str, Callable[[Writer, Mark], str]] = {
    "formula": Writer._formula,
    "tag": lambda writer, mark: f"<{mark.parts[0]}>{escape(mark.parts[1])}</{mark.parts[0]}>",
    "line": lambda writer, mark: "<br>",
}
HANDLERS: dict[str, Callable[[Writer, re.Match[str]], None]] = {
    "fence": Writer._fence,
    "block": Writer._block,
    "code": Writer._code,
    "figure": Writer._figure,
    "picture": Writer._picture,
    "note": Writer._note,
    "return": Writer._return,
    "item": Writer._item,
    "input": Writer._task,
    "link": Writer._link_end,
    "attributes": Writer._tag,
    "text": Writer._text,
}
