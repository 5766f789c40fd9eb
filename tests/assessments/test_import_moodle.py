"""What is read out of Moodle XML, which files are refused as a whole, and how HTML becomes Markdown."""

import io

import pytest

from apps.core import sandbox
from apps.core.sandboxed import question_text
from apps.core.sandboxed.main import Refused
from tests.assessments.question_files import (
    FALSE,
    GIFT,
    TRUE,
    answer,
    many,
    moodle,
    one,
    read,
    reasons,
    xml,
)

IS = {"text": "What **is** it?", "points": "2", "line": 3}
GENERAL = '<generalfeedback format="html"><text>&lt;p&gt;Read &lt;i&gt;on&lt;/i&gt;.&lt;/p&gt;</text></generalfeedback>'
MOODLES = {
    "single": (
        moodle(
            "multichoice", answer("<![CDATA[<p>Yes</p>]]>", 100, "Well") + answer("No", 0), more="<single>true</single>"
        ),
        IS | {"kind": "single", "options": [("Yes", True), ("No", False)], "feedback": "- Yes: Well"},
    ),
    "multiple": (
        moodle(
            "multichoice",
            "".join(answer(*each) for each in (("A", 33.33333), ("B", 33.33333), ("C", 33.33333), ("D", -33.33333))),
            more="<single>false</single>",
        ),
        IS | {"kind": "multiple", "options": [("A", True), ("B", True), ("C", True), ("D", False)]},
    ),
    "true or false": (
        moodle("truefalse", answer("true", 0) + answer("false", 100)),
        IS | {"kind": "true_false", "options": FALSE},
    ),
    "short text": (
        moodle("shortanswer", answer("Frog", 100) + answer(r"F\*g", 100) + answer("*", 0), more="<usecase>1</usecase>"),
        IS | {"kind": "text", "variants": ["Frog", "F*g"], "case_matters": True},
    ),
    "a number": (
        moodle("numerical", answer("3.14", 100, more="<tolerance>0.01</tolerance>") + answer("*", 0)),
        IS | {"kind": "number", "number_key": "3.14", "tolerance": "0.01"},
    ),
    "general feedback": (
        moodle("truefalse", answer("true", 100) + answer("false", 0), more=GENERAL),
        IS | {"kind": "true_false", "options": TRUE, "feedback": "Read *on*."},
    ),
    "a third of a point": (
        moodle("truefalse", answer("true", 100) + answer("false", 0)).replace("2.0000000", "0.3333333"),
        IS | {"kind": "true_false", "options": TRUE, "points": "0.33", "notes": ["0.3333333 points became 0.33."]},
    ),
}


@pytest.mark.parametrize("name", MOODLES)
def test_moodle_xml(name):
    text, expected = MOODLES[name]
    assert one(xml(text)) == expected


PIXEL = '<file name="dot.png" encoding="base64">iVBORw0KGgo=</file>'
NOT_MOODLE = {
    "matching": (moodle("matching", ""), "not supported: matching"),
    "essay": (moodle("essay", ""), "not supported: essay"),
    "gaps": (moodle("cloze", ""), "not supported: gaps"),
    "another kind": (moodle("stack", ""), "not supported: stack"),
    "a file": (
        moodle("truefalse", answer("true", 100)).replace("</questiontext>", f"{PIXEL}</questiontext>"),
        "the file “dot.png”",
    ),
    "a file that is elsewhere": (moodle("truefalse", "", text='<img src="@@PLUGINFILE@@/a.png">'), "the file “a.png”"),
    "a picture of the web": (moodle("truefalse", "", text='<img src="https://example.com/a.png">'), "a picture"),
    "shares that don't add up": (
        moodle(
            "multichoice",
            "".join(answer("x", each) for each in (-50, 33, 33.33333, -50, 33.33333)),
            more="<single>false</single>",
        ),
        "add up to 99.66666 %",
    ),
    "a wildcard": (moodle("shortanswer", answer("F*g", 100)), "the wildcard *"),
    "a unit": (
        moodle("numerical", answer("3", 100) + "<units><unit><unit_name>m</unit_name></unit></units>"),
        "with units",
    ),
    "no points": (moodle("truefalse", answer("true", 100)).replace("2.0000000", "0"), "at least 0.01"),
    "no key": (moodle("truefalse", answer("true", 0) + answer("false", 0)), "whether true or false is right"),
    "a fraction that is none": (moodle("truefalse", answer("true", "NaN")), "isn’t a number"),
}


@pytest.mark.parametrize("name", NOT_MOODLE)
def test_moodle_xml_that_is_not_taken_is_listed_with_its_reason(name):
    text, why = NOT_MOODLE[name]
    ((line, reason),) = reasons(xml(moodle("category", ""), text))
    assert (line, why in reason) == (4, True), reason


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
REFUSED = {
    "a bomb": (f'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY l0 "lol">{LAUGHS}]><quiz>&l9;</quiz>', "entities"),
    "an external entity": ('<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', "entities"),
    "a document type": ('<!DOCTYPE quiz SYSTEM "http://example.com/a.dtd"><quiz/>', "entities"),
    "an unknown entity": ("<quiz><question>&nbsp;</question></quiz>", "xml"),
    "cut off": (xml(moodle("essay", ""))[:-20], "xml"),
    "deep": ("<quiz>" + "<a>" * 1000 + "</a>" * 1000 + "</quiz>", "deep"),
    "another XML": ("<?xml version='1.0'?><html></html>", "no-quiz"),
    "no questions": (xml(), "none"),
    "nothing": (" \n ", "empty"),
    "a workbook": (b"PK\x03\x04\x00\x00", "binary"),
    "prose": ("Dear teacher, here are the questions.", "unknown"),
    "10,000 questions": (many(10_000), "many"),
    "too large": ("x" * 5_000_001, "large"),
    "too long altogether": ("Q {=a ~b ~" + "c" * 1_000_001 + "}", "long"),
    "another encoding, as it says": (
        '<?xml version="1.0" encoding="windows-1250"?><quiz>ř</quiz>'.encode("cp1250"),
        "encoding",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(name):
    text, code = REFUSED[name]
    with pytest.raises(Refused) as refused:
        read(text)
    assert refused.value.code == code


ENCODINGS = {
    "UTF-8": ("Café? {T}".encode(), "UTF-8"),
    "UTF-8 with its mark": ("Café? {T}".encode("utf-8-sig"), "UTF-8"),
    "UTF-16": ("Café? {T}".encode("utf-16"), "UTF-16"),
    "Latin-1": ("Café? {T}".encode("latin-1"), "Windows-1252"),
    "lines of an old Mac": ("Café? {T}\r\rB {T}".encode(), "UTF-8"),
    "XML in Latin-1": (
        xml(moodle("truefalse", answer("true", 100) + answer("false", 0), text="Café?"))
        .replace('"UTF-8"', '"ISO-8859-1"')
        .encode("latin-1"),
        "Windows-1252",
    ),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings(name):
    content, encoding = ENCODINGS[name]
    facts = read(content)
    assert (facts["questions"][0]["text"], facts["encoding"]) == ("Café?", encoding)


def test_it_is_read_in_the_sandbox():
    facts = sandbox.run("questions.read", io.BytesIO(GIFT.encode()), sandbox.REQUEST, minus=True).facts
    assert [each["kind"] for each in facts["questions"]] == ["single", "true_false", "text", "number"]
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.run("questions.read", io.BytesIO(many(1_001).encode()), sandbox.REQUEST, minus=True)
    assert (refused.value.code, refused.value.facts) == ("many", {"count": 1001, "most": 1000})


HTML = {
    "paragraphs": ("<p>One</p>\n<p>Two</p>", "One\n\nTwo"),
    "a line break": ("One<br>Two<br><br>Three<br>", "One\\\nTwo\n\nThree"),
    "a list": ("<ul><li>One</li><li>Two <b>b</b></li></ul>", "- One\n- Two **b**"),
    "a list in a list": ("<ol><li>One<ul><li>In</li></ul></li></ol>", "1. One\n   - In"),
    "code": ("<pre>a = *b\nc</pre> and <code>x_y</code>", "```\na = *b\nc\n```\n\n and `x_y`"),
    "a link": ('<a href="https://example.com/a">here</a>', "[here](https://example.com/a)"),
    "a link that runs": ('<a href="javascript:alert(1)">here</a>', "here"),
    "script and style": ("<style>p{}</style><script>x</script>Text", "Text"),
    "a table": ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>", "A ·  B\n\n C"),
    "spaces in bold": ("one<b> two </b>three", "one **two** three"),
    "signs": ("2 * 3 &lt;b&gt; &amp;amp;", r"2 \* 3 \<b> \&amp;"),
    "never closed": ("<b>One", "**One**"),
}


@pytest.mark.parametrize("name", HTML)
def test_html_becomes_markdown(name):
    html, markdown = HTML[name]
    assert question_text.markdown(html) == markdown
