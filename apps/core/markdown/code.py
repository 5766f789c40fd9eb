"""Colours for code: a class for each kind of word, by Pygments."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from time import monotonic

from django.utils.html import escape
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType

# Lexers are regular expressions of very different care. These are asked for, and were tried with hostile input.
LANGUAGES = {
    **{name: name for name in ("bash", "c", "cpp", "csharp", "css", "diff", "go", "html", "ini", "java", "javascript")},
    **{name: name for name in ("json", "kotlin", "lua", "php", "python", "pycon", "r", "ruby", "rust", "sql", "swift")},
    **{name: name for name in ("toml", "typescript", "xml", "yaml", "make", "docker", "haskell", "scala", "tex")},
    **{"sh": "bash", "shell": "bash", "zsh": "bash", "console": "bash", "c++": "cpp", "c#": "csharp"},
    **{"js": "javascript", "ts": "typescript", "py": "python", "python3": "python", "rb": "ruby", "rs": "rust"},
    **{"golang": "go", "yml": "yaml", "makefile": "make", "dockerfile": "docker", "latex": "tex", "patch": "diff"},
}
# Characters of a block, of a text, and seconds that a text may cost; what is beyond stays plain. A lexer can't be
# interrupted within a word: in a block of this length the worst that was found takes a second.
BLOCK = 6_000
MOST = 60_000
SECONDS = 0.5

SHELLS = {"bash", "sh", "shell", "zsh", "console"}

# The first that holds.
KINDS = (
    *((Token.Comment, "c"), (Token.Keyword, "k"), (Token.Operator.Word, "k"), (Token.Literal.String, "s")),
    *((Token.Literal.Number, "m"), (Token.Name.Function, "f"), (Token.Name.Class, "f"), (Token.Name.Decorator, "f")),
    *((Token.Name.Builtin, "b"), (Token.Name.Exception, "b"), (Token.Name.Variable, "v"), (Token.Name.Attribute, "v")),
    *((Token.Name.Tag, "t"), (Token.Generic.Error, "e"), (Token.Generic.Traceback, "e"), (Token.Generic.Deleted, "d")),
    *((Token.Generic.Inserted, "i"), (Token.Generic.Heading, "h"), (Token.Generic.Subheading, "h")),
    *((Token.Generic.Prompt, "p"), (Token.Generic.Output, "o")),
)


class Highlighter:
    """Highlights the blocks of one text, as long as what it may cost lasts."""

    def __init__(self) -> None:
        self._left = MOST
        self._until = monotonic() + SECONDS

    def html(self, code: str, language: str) -> str:
        """The code, escaped, with spans where the language is known."""
        lexer = _lexer(_name(code, language))
        self._left -= len(code)
        if not lexer or len(code) > BLOCK or self._left < 0 or monotonic() > self._until:
            return escape(code)
        if language in SHELLS and code.startswith("$ "):
            return "".join(self._session(lexer, code))
        return "".join(self._spans(lexer, code))

    def _session(self, shell: Lexer, code: str) -> Iterator[str]:
        """What was typed behind a prompt, its further lines, and the answer. The prompt isn't part of the command."""
        typed = False
        for line in code.splitlines(keepends=True):
            typed = line.startswith("$ ") or (typed and line.startswith("> "))
            if typed:
                yield f'<span class="hl-p">{escape(line[:2])}</span>' + "".join(self._spans(shell, line[2:]))
            else:
                yield f'<span class="hl-o">{escape(line)}</span>'

    def _spans(self, lexer: Lexer, code: str) -> Iterator[str]:
        done = 0
        for kind, tokens in groupby(lexer.get_tokens(code), lambda token: _kind(token[0])):
            text = "".join(value for _, value in tokens)
            done += len(text)
            yield f'<span class="hl-{kind}">{escape(text)}</span>' if kind and text.strip() else escape(text)
            if monotonic() > self._until:
                yield escape(code[done:])
                return


def _name(code: str, language: str) -> str:
    """The name of the lexer; an interactive session of Python has one of its own."""
    name = LANGUAGES.get(language, "")
    return "pycon" if name == "python" and code.startswith(">>> ") else name


@lru_cache
def _lexer(name: str) -> Lexer | None:
    # What is typed comes out as it is typed.
    return get_lexer_by_name(name, stripnl=False, ensurenl=False) if name else None


@lru_cache(maxsize=512)
def _kind(token: _TokenType) -> str:
    return next((name for kind, name in KINDS if token in kind), "")
