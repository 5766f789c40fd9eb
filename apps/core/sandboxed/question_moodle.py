"""Questions in Moodle's XML (https://docs.moodle.org/en/Moodle_XML_format), read without entities of their own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from apps.core.sandboxed import question_text as texts
from apps.core.sandboxed.main import Refused
from apps.core.sandboxed.question_parts import (
    FULL,
    Found,
    Read,
    Unfit,
    Weighed,
    all_feedback,
    choose_one,
    choose_several,
    decimal,
    one_line,
    plainly,
    points,
    write_number,
    write_texts,
)

DEPTH = 40
OTHERS = {
    "cloze": "gaps",
    "gapselect": "gaps",
    "ddwtos": "gaps",
    "matching": "matching",
    "randomsamatch": "matching",
    "description": "a text without a question",
    "calculated": "calculated numbers",
    "calculatedmulti": "calculated numbers",
    "calculatedsimple": "calculated numbers",
    "multichoiceset": "all or nothing multiple choice",
}
# An unescaped asterisk matches any text in Moodle.
WILDCARD = re.compile(r"(?<!\\)\*")
STYLES = {"plain_text": "plain", "markdown": "markdown", "html": "html", "moodle_auto_format": "auto"}


@dataclass
class Element:
    """An XML element with its attributes, children and text."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The element's own text."""
        return "".join(self.pieces)

    def all(self, name: str) -> list["Element"]:
        """Child elements of this name."""
        return [child for child in self.children if child.name == name]

    def words(self, *path: str) -> str:
        """The stripped text of the first element at a path; empty if there is none."""
        here: Element | None = self
        for name in path:
            here = next((child for child in here.children if child.name == name), None) if here else None
        return here.text.strip() if here else ""


class _Reader:
    """Parses XML into elements. Refuses a document type, where entities and entity bombs are declared."""

    def __init__(self) -> None:
        self.root = Element("", 0, {})
        self.open = [self.root]
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, *_: Any) -> None:
        raise Refused("entities", line=self.parser.CurrentLineNumber)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > DEPTH:
            raise Refused("deep", line=self.parser.CurrentLineNumber)
        element = Element(name.lower(), self.parser.CurrentLineNumber, attributes)
        self.open[-1].children.append(element)
        self.open.append(element)

    def _end(self, _name: str) -> None:
        self.open.pop()

    def _text(self, data: str) -> None:
        self.open[-1].pieces.append(data)


def blocks(text: str, found: Found) -> Iterator[Element]:
    """The questions of a file, categories left out; raises Refused if it isn't Moodle XML."""
    reader = _Reader()
    try:
        reader.parser.Parse(re.sub(r"^\s+", "", text).encode(), True)
    except expat.ExpatError as error:
        raise Refused("xml", line=error.lineno) from None
    top = reader.root.children[0]
    if top.name != "quiz":
        raise Refused("no-quiz", name=top.name[:40])
    for element in top.all("question"):
        if element.attributes.get("type") == "category":
            found.note("Categories aren’t kept.")
        else:
            yield element


def title_of(element: Element) -> str:
    """A question's name, or else the first 80 characters of its text."""
    return one_line(element.words("name", "text") or re.sub(r"<[^<>]*>", " ", element.words("questiontext", "text")))[
        :80
    ]


def read(element: Element, found: Found, *, minus: bool) -> Read:
    """Parse one question; raises Unfit."""
    kind = element.attributes.get("type", "")
    if kind not in KINDS:
        raise Unfit(f"not supported: {OTHERS.get(kind, kind or 'a question without a type')[:60]}")
    if name := _file(element):
        raise Unfit(f"it holds the file “{name[:60]}”, which isn’t imported")
    question = Read(element.line, "", _shown(element.all("questiontext")))
    question.points = points(element.words("defaultgrade"), question.notes)
    answers = [
        Weighed(
            answer.words("text"),
            decimal(answer.attributes.get("fraction", "0"), "The fraction"),
            _shown(answer.all("feedback")),
            answer.words("tolerance") or "0",
        )
        for answer in element.all("answer")
    ]
    labels = KINDS[kind](question, element, answers, minus)
    said = zip(labels, (answer.feedback for answer in answers), strict=True)
    question.feedback = all_feedback(_shown(element.all("generalfeedback")), said)
    if element.all("hint"):
        found.note("Hints aren’t kept.")
    if any(
        element.words(name, "text") for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
    ):
        found.note("The feedback for a right, partly right or wrong answer as a whole isn’t kept.")
    return question


def _file(element: Element) -> str:
    """The name of a file embedded in a question, such as a base64 picture; empty without one."""
    for child in element.children:
        if child.name == "file":
            return child.attributes.get("name") or "without a name"
        if "@@PLUGINFILE@@" in child.text:
            return child.text.split("@@PLUGINFILE@@", 1)[1].lstrip("/").split('"')[0] or "without a name"
        if found := _file(child):
            return found
    return ""


def _shown(elements: list[Element], usual: str = "auto") -> str:
    """The `<text>` of the first of these elements as Markdown."""
    if not elements:
        return ""
    text, style = elements[0].words("text"), STYLES.get(elements[0].attributes.get("format", ""), usual)
    if style == "markdown":
        return text
    if style == "html" or (style == "auto" and texts.has_tags(text)):
        return texts.markdown(text)
    return texts.paragraphs(text)


def _choice(question: Read, element: Element, answers: list[Weighed], minus: bool) -> list[str]:
    style = element.attributes.get("format", "html")
    shown = [
        Weighed(_shown([each], style if style in STYLES.values() else "html"), answer.weight)
        for each, answer in zip(element.all("answer"), answers, strict=True)
    ]
    if element.words("single").lower() in {"false", "0"}:
        question.kind = "multiple"
        choose_several(question, shown, minus=minus)
    else:
        question.kind = "single"
        choose_one(question, shown)
    return [answer.text for answer in shown]


def _truth(question: Read, _element: Element, answers: list[Weighed], _minus: bool) -> list[str]:
    question.kind = "true_false"
    right = [answer.text.lower() for answer in answers if answer.weight == FULL]
    if len(right) != 1 or right[0] not in {"true", "false"}:
        raise Unfit("it doesn’t say whether true or false is right")
    question.options = [("True", right == ["true"]), ("False", right == ["false"])]
    return [answer.text.capitalize() for answer in answers]


def _text(question: Read, element: Element, answers: list[Weighed], _minus: bool) -> list[str]:
    question.kind = "text"
    question.case_matters = element.words("usecase") == "1"
    kept = [answer for answer in answers if answer.weight > 0]
    if any(WILDCARD.search(answer.text) for answer in kept):
        raise Unfit("not supported: an answer with the wildcard *")
    write_texts(question, [Weighed(answer.text.replace("\\*", "*"), answer.weight) for answer in kept])
    return [texts.plain(answer.text) for answer in answers]


def _number(question: Read, element: Element, answers: list[Weighed], _minus: bool) -> list[str]:
    question.kind = "number"
    if any(unit.words("unit_name") for units in element.all("units") for unit in units.all("unit")):
        raise Unfit("not supported: numbers with units")
    kept = [
        Weighed(
            plainly(decimal(answer.text, "The number")),
            answer.weight,
            "",
            plainly(abs(decimal(answer.tolerance, "The tolerance"))),
        )
        for answer in answers
        if answer.weight > 0
    ]
    write_number(question, kept)
    return [texts.plain(answer.text) for answer in answers]


KINDS = {
    "multichoice": _choice,
    "truefalse": _truth,
    "shortanswer": _text,
    "numerical": _number,
}
