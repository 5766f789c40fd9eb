"""Files of questions, as people send them, and what is read out of them."""

import io

from apps.core.sandboxed import questions

GIFT = r"""// A comment, and a category
$CATEGORY: Geography/Easy

::Capital:: What is the capital of France\: really? {
  =Paris#Well done
  ~Rome#That is in Italy
  ~%50%Lyon
  ####Look at a map.
}

Two plus two is four.{T#It is#Yes}

Grant is buried in {=Grant's tomb =no one} in New York.

How much is pi? {#3.14:0.01}

Match {=a -> b =c -> d =e -> f}

Write about it. {}
"""

AIKEN = """What is 2 + 2?
A. 3
B) 4
ANSWER: B

Which colour?
A. Red
B. Blue
ANSWER: E
"""


def xml(*questions):
    """A file of Moodle's."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "\n".join(questions) + "\n</quiz>\n"


def moodle(kind, inside, text="<p>What <b>is</b> it?</p>", more=""):
    """One question in Moodle's XML."""
    return (
        f'<question type="{kind}"><name><text>It</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text>'
        f"</questiontext><defaultgrade>2.0000000</defaultgrade>{more}{inside}</question>"
    )


def answer(text, fraction, feedback="", more=""):
    """One answer of a question in Moodle's XML."""
    said = f"<feedback><text>{feedback}</text></feedback>"
    return f'<answer fraction="{fraction}"><text>{text}</text>{said}{more}</answer>'


def many(count):
    """So many questions in GIFT."""
    return "\n\n".join(f"Question number {n}? {{=Right {n} ~Wrong ~Other}}" for n in range(count))


def read(text, *, minus=True):
    """What a file of text or bytes holds."""
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
    """The lines of those that are not taken, each with why."""
    return [(line, reason) for line, _, reason in read(text)["rejected"]]


TRUE = [("True", True), ("False", False)]
FALSE = [("True", False), ("False", True)]
