"""Files of questions, as people send them."""

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
