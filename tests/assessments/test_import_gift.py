"""What is read out of GIFT and Aiken: tables of cases, each as a file and as the question that it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.markdown import render, text_of
from apps.core.sandboxed import question_text
from tests.assessments.question_files import AIKEN, FALSE, GIFT, TRUE, one, read, reasons


def single(text, *options):
    return {"kind": "single", "text": text, "options": [(option, place == 0) for place, option in enumerate(options)]}


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


@given(st.text(alphabet='ab1 .*_`[](){}<>!#+-=|~$&;:\\"/^lt', max_size=40))
def test_plain_text_reads_as_it_was_typed(text):
    shown = text_of(render(question_text.paragraphs(text)))
    if "$$" not in text and "\\(" not in text and "\\[" not in text:
        assert shown.split() == text.split()
