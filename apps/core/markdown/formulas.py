"""LaTeX to MathML, which browsers draw and read aloud by themselves: no script, no fonts."""

import re
from functools import lru_cache

from latex2mathml import exceptions
from latex2mathml.converter import convert

from apps.core.markdown.cleaning import clean_formula

# The library has no error of its own for everything that a broken formula makes of it.
ERRORS: tuple[type[Exception], ...] = (
    *(error for error in vars(exceptions).values() if isinstance(error, type) and issubclass(error, Exception)),
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError, SyntaxError),
)
# Links, looks and names don't belong into a formula; a macro that doubles itself takes for ever.
REFUSED = re.compile(
    r"\\(href|class|style|(?:css)?id|color|require|(?:re)?newcommand|providecommand|newenvironment|[gex]?def|let)(?![a-zA-Z])"
)
UNKNOWN = re.compile(r"<mi[^>]*>(\\[a-zA-Z]+)</mi>")
# Characters of formulas that one text may cost; a page of nothing else has 3,000.
MOST = 30_000
# From so many characters on, a formula of its own may have to be scrolled, and can have the focus for that.
WIDE = 24
# As deep as anything that is meant to be read; the library calls itself at each of these.
DEPTH = 20


class Broken(Exception):  # noqa: N818 - its text is for the author
    """This can't be shown as a formula; the text says why."""


class Formulas:
    """The formulas of one text, as long as what they may cost lasts."""

    def __init__(self) -> None:
        self._left = MOST

    def mathml(self, latex: str, display: str) -> str:
        """The formula (`display` is block or inline) as clean MathML, or raise Broken."""
        self._left -= len(latex)
        if self._left < 0:
            raise Broken("there are too many formulas in this text")
        return mathml(latex, display)


@lru_cache(maxsize=256)
def mathml(latex: str, display: str) -> str:
    """The same for one alone."""
    if refused := REFUSED.search(latex):
        raise Broken(f"{refused[0]} can’t be used here")
    if _depth(latex) > DEPTH:
        raise Broken("it is nested too deeply")
    try:
        # A "<" before a letter would begin a tag: the library writes what it reads.
        made = convert(re.sub(r"<(?=\S)", "< ", latex), display=display)
    except ERRORS:
        raise Broken("something in it is missing or stands in the wrong place") from None
    if unknown := UNKNOWN.search(made):
        raise Broken(f"{unknown[1]} is not known")
    if display == "block" and len(latex) > WIDE:
        made = made.replace("<math ", '<math tabindex="0" ', 1)
    return clean_formula(made)


def _depth(latex: str) -> int:
    deepest = depth = 0
    for sign in re.findall(r"\\left(?![a-z])|\\right(?![a-z])|\\begin|\\end|\\.|[{}^_]", latex):
        depth += {"{": 1, "\\left": 1, "\\begin": 1, "}": -1, "\\right": -1, "\\end": -1}.get(sign, 0)
        deepest = max(deepest, depth)
    return deepest
