"""What is read out of GIFT, Aiken and Moodle XML: tables of cases, each as a file and as the question that it is."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import sandbox
from apps.core.markdown import render, text_of
from apps.core.sandboxed import question_text, questions
from apps.core.sandboxed.main import Refused
from tests.assessments.question_files import AIKEN, GIFT, answer, many, moodle, xml


def read(text, *, minus=True):
    content = text if isinstance(text, bytes) else text.encode()
    return questions.read(io.BytesIO(content), minus=minus)[0]


def one(text, **how):
    """The one question of a file, with what isn't as it is usually."""
    facts = read(text, **how)
    assert not facts["rejected"], facts["rejected"]
    (question,) = facts["questions"]
    usual = {"points": "1", "options": [], "variants": [], "case_matters": False, "number_key": "", "tolerance": "0"}
    usual |= {"feedback": "", "notes": [], "line": 1}
    return {name: value for name, value in question.items() if usual.get(name) != value}


def reasons(text):
    return [(line, reason) for line, _, reason in read(text)["rejected"]]


def single(text, *options):
    return {"kind": "single", "text": text, "options": [(option, place == 0) for place, option in enumerate(options)]}


TRUE = [("True", True), ("False", False)]
FALSE = [("True", False), ("False", True)]
GIFTS = {
    "one of several": ("Who? {=Ada ~Bob ~Cy}", single("Who?", "Ada", "Bob", "Cy")),
    "escapes": (
        r"What does \{x\} \= 1 \~ 2 \# 3 say\: this? {=a \= b ~c \~ d ~\{e\} \#}",
        single(r"What does {x} = 1 \~ 2 # 3 say: this?", "a = b", r"c \~ d", "{e} #"),
    ),
    "a line break": (r"One\nTwo {T}", {"kind": "true_false", "text": "One\\\nTwo", "options": TRUE}),
    "true": ("It is. {TRUE}", {"kind": "true_false", "text": "It is.", "options": TRUE}),
    "false": ("It is. {F}", {"kind": "true_false", "text": "It is.", "options": FALSE}),
    "false, in full": ("It is. {FALSE}", {"kind": "true_false", "text": "It is.", "options": FALSE}),
    "a number and a tolerance": ("N? {#3:2}", {"kind": "number", "text": "N?", "number_key": "3", "tolerance": "2"}),
    "a range": ("N? {#1..5}", {"kind": "number", "text": "N?", "number_key": "3", "tolerance": "2"}),
    "a range of thousandths": (
        "N? {#3.141..3.142}",
        {"kind": "number", "text": "N?", "number_key": "3.1415", "tolerance": "0.0005"},
    ),
    "a number below zero": ("N? {#-4}", {"kind": "number", "text": "N?", "number_key": "-4"}),
    "numbers with percentages": (
        "N? {#=10:1#Right =%50%10:5}",
        {"kind": "number", "text": "N?", "number_key": "10", "tolerance": "1", "feedback": "- 10: Right"}
        | {"notes": ["10 earned 50 %, and earns nothing here."]},
    ),
    "short texts": (
        "Word? {=PS =Photosynthesis}",
        {"kind": "text", "text": "Word?", "variants": ["PS", "Photosynthesis"]},
    ),
    "a short text with a percentage": (
        "Word? {=color =%50%colour}",
        {"kind": "text", "text": "Word?", "variants": ["color"]}
        | {"notes": ["“colour” earned 50 %, and isn’t accepted here."]},
    ),
    "a missing word": (
        "Mahatma {=Gandhi ~Bhutto} was born in 1869.",
        single(r"Mahatma \_\_\_\_\_ was born in 1869.", "Gandhi", "Bhutto"),
    ),
    "a missing word before a point": (
        "The sky is {=blue}.",
        {"kind": "text", "text": r"The sky is \_\_\_\_\_."} | {"variants": ["blue"]},
    ),
    "HTML": (
        "[html]<p>H<sub>2</sub>O is <b>what</b>?</p>{=<i>water</i> ~x}",
        single("H<sub>2</sub>O is **what**?", "*water*", "x"),
    ),
    "Markdown": ("[markdown]*What*? {=Ada ~Bob}", single("*What*?", "Ada", "Bob")),
    "plain text": ("[plain]<b>*What*? {=Ada ~Bob}", single(r"\<b>\*What\*?", "Ada", "Bob")),
    "a formula": (
        r"Is \(x_1\) or $$x^2$$ $5? {T}",
        {"kind": "true_false", "text": r"Is $x_1$ or $$x^2$$ \$5?", "options": TRUE},
    ),
    "feedback": (
        "Who? {=Ada#Yes ~Bob#No ####Read more.}",
        single("Who?", "Ada", "Bob") | {"feedback": "Read more.\n\n- Ada: Yes\n- Bob: No"},
    ),
    "comments between": ("// one\n::T::Who?\n// two\n{=Ada\n~Bob}", single("Who?", "Ada", "Bob") | {"line": 2}),
}


@pytest.mark.parametrize("name", GIFTS)
def test_gift(name):
    text, expected = GIFTS[name]
    assert one(text) == expected


HALVES = [("A", True), ("B", True), ("C", False), ("D", False)]
WEIGHTS = {
    "as our rule has them": ("{~%50%A ~%50%B ~%-50%C ~%-50%D}", True, ""),
    "wrong ones take nothing": ("{~%50%A ~%50%B ~C ~D}", True, "same share"),
    "wrong ones take all": ("{~%50%A ~%50%B ~%-100%C ~%-100%D}", True, "same share"),
    "uneven": ("{~%75%A ~%25%B ~%-50%C ~%-50%D}", True, "same share"),
    "all or nothing": ("{~%50%A ~%50%B ~%-50%C ~%-50%D}", False, "all or nothing"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_percentages_that_our_rule_does_not_keep_are_said(name):
    answers, minus, said = WEIGHTS[name]
    question = one(f"Which? {answers}", minus=minus)
    assert (question["kind"], question["options"]) == ("multiple", HALVES)
    assert [said in note for note in question.get("notes", [])] == ([True] if said else [])


NOT_GIFT = {
    "matching": ("M {=a -> b =c -> d}", "not supported: matching"),
    "essay": ("E {}", "not supported: essay"),
    "description": ("{T} x\n\nOnly text", "not supported: a text without a question"),
    "gaps": ("A {=b} and {=c}", "not supported: gaps"),
    "never closed": ("A {=b ~c", "a { is never closed"),
    "never closed, over a blank line": ("A {=b\n\n~c}", "a { is never closed"),
    "never opened": ("A =b} {", "a } stands where no { was opened"),
    "two right of one": ("A {=b =c ~d}", "2 options are right"),
    "shares of 99 %": ("A {~%33%b ~%33.33333%c ~%33.33333%d ~%-50%e}", "add up to 99.66666 %, not to 100 %"),
    "none right": ("A {~b ~c}", "no option is right"),
    "no number": ("A {#three}", "“three” isn’t a number"),
    "an endless number": ("A {#1e999999999}", "isn’t a number"),
    "a range backwards": ("A {#5..1}", "ends before it begins"),
    "no sign": ("A {b ~c}", "an answer begins with = or ~"),
    "an empty answer": ("A {= ~c}", "an answer is empty"),
    "no question": ("::Title::{T}", "it has answers, but no question"),
    "a picture": ("[html]<img src=x>{T}", "it holds a picture"),
    "a control character": ("A\x07 {T}", "control character U+0007"),
}


@pytest.mark.parametrize("name", NOT_GIFT)
def test_gift_that_is_not_taken_is_listed_with_its_reason(name):
    text, why = NOT_GIFT[name]
    assert any(why in reason for _, reason in reasons(text)), reasons(text)


def test_the_good_ones_come_and_the_others_are_listed_by_line():
    facts = read(GIFT)
    assert [(each["line"], each["kind"]) for each in facts["questions"]] == [
        *((4, "single"), (11, "true_false"), (13, "text"), (15, "number"))
    ]
    assert facts["rejected"] == [
        (17, "Match {=a -> b =c -> d =e -> f}", "not supported: matching"),
        (19, "Write about it. {}", "not supported: essay"),
    ]
    assert facts["notes"] == ["Categories aren’t kept."]


AIKENS = {
    "points": ("Q?\nA. x\nB. y\nANSWER: B", [("x", False), ("y", True)]),
    "brackets": ("Q?\nA) x\nB) y\nANSWER: A", [("x", True), ("y", False)]),
    "blank lines": ("\n\nQ?\n\nA. x\n\nB. y\n\nANSWER: B\n\n", [("x", False), ("y", True)]),
    "a small letter": ("Q?\nA. x\nB. y\nANSWER: b", [("x", False), ("y", True)]),
    "signs": ("Q?\nA. *x*\nB. $5\nANSWER:B.", [(r"\*x\*", False), (r"\$5", True)]),
}


@pytest.mark.parametrize("name", AIKENS)
def test_aiken(name):
    text, options = AIKENS[name]
    question = one(text)
    assert (question["kind"], question["text"], question["options"]) == ("single", "Q?", options)


GOOD = "Fine?\nA. x\nB. y\nANSWER: A\n\n"
NOT_AIKEN = {
    "a wrong letter": ("Q?\nA. x\nB. y\nANSWER: E", "the answer is E, but there is no option E"),
    "two letters": ("Q?\nA. x\nB. y\nANSWER: A, B", "one letter"),
    "no answer": ("Q?\nA. x\nB. y\n\nOther?\nA. x\nB. y\nANSWER: A", "it has no line “ANSWER:”"),
    "one option": ("Q?\nA. x\nANSWER: A", "fewer than two options"),
    "no question": ("ANSWER: A", "no question before it"),
    "a letter twice": ("Q?\nA. x\nA. y\nANSWER: A", "option A stands there twice"),
    "an empty option": ("Q?\nA.\nB. y\nANSWER: A", "option A is empty"),
}


@pytest.mark.parametrize("name", NOT_AIKEN)
def test_aiken_that_is_not_taken_is_listed_with_its_line(name):
    text, why = NOT_AIKEN[name]
    ((line, reason),) = reasons(GOOD + text)
    assert (line, why in reason) == (6, True), reason


def test_aiken_keeps_lines_of_a_question():
    assert one("One\nTwo\nA. x\nB. y\nANSWER: A")["text"] == "One\\\nTwo"
    assert [each["text"] for each in read(AIKEN)["questions"]] == ["What is 2 + 2?"]


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


@given(st.text(alphabet='ab1 .*_`[](){}<>!#+-=|~$&;:\\"/^lt', max_size=40))
def test_plain_text_reads_as_it_was_typed(text):
    shown = text_of(render(question_text.paragraphs(text)))
    if "$$" not in text and "\\(" not in text and "\\[" not in text:
        assert shown.split() == text.split()
