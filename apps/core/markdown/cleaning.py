"""What may be in rendered text, whatever made it: tags, attributes and values, each by name. Nothing else gets out.

The writer makes nothing else in the first place. This is the second lock, which also covers what browsers make of
broken markup (https://research.securitum.com/mutation-xss-via-mathml-mutation-dompurify-2-0-17-bypass/).
"""

import re
from html import unescape

import nh3
from django.utils.safestring import SafeString, mark_safe

from apps.core.links import REL

TEXT = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "br", "div", "section"}
INLINE = {"a", "em", "strong", "del", "code", "kbd", "sub", "sup", "span", "img"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
BOXES = {"details", "summary", "figure", "figcaption"}
FORMULA = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mstyle"),
    *("mpadded", "mphantom", "menclose"),
}
TAGS = TEXT | INLINE | TABLE | BOXES | FORMULA

BOOL = {"true", "false"}
VALUES: dict[str, dict[str, set[str]]] = {
    "a": {"rel": {REL}, "target": {"_blank"}},
    "img": {"loading": {"lazy"}, "decoding": {"async"}},
    "th": {"scope": {"col"}},
    "pre": {"tabindex": {"0"}},
    "div": {"tabindex": {"0"}, "role": {"group"}, "aria-label": {"Table"}},
    "math": {"display": {"block", "inline"}, "tabindex": {"0"}},
    "mo": {
        **dict.fromkeys(("stretchy", "fence", "separator", "accent", "movablelimits", "largeop", "symmetric"), BOOL),
        "form": {"prefix", "infix", "postfix"},
    },
    "mover": {"accent": BOOL},
    "munder": {"accentunder": BOOL},
    "mfrac": {"linethickness": {"0"}, "bevelled": BOOL},
    "mstyle": {"displaystyle": BOOL, "scriptlevel": {"0", "1", "2"}},
    "mtable": {"displaystyle": BOOL},
    "menclose": {"notation": {"box", "updiagonalstrike", "downdiagonalstrike", "horizontalstrike"}},
}
VARIANT = {"normal"}
for _tag in ("mi", "mn", "mo", "mtext", "ms"):
    VALUES.setdefault(_tag, {})["mathvariant"] = VARIANT

# A length in a formula is small: one of 99em would push the page aside, or put a formula over another's words.
LENGTH = re.compile(r"[+-]?(?:[0-2]?(?:\.[0-9]{1,4})?(?:em|ex)|0(?:px)?)")
ID = re.compile(r"c-[\w.-]{1,120}")
HREF = re.compile(r"https?://[^/]|mailto:|#c-|/(?![/\\])")
SRC = re.compile(r"/(?![/\\])")
CHECKED = {
    ("a", "href"): HREF,
    ("img", "src"): SRC,
    **{(tag, "id"): ID for tag in ("h1", "h2", "h3", "h4", "h5", "h6", "li", "a", "summary")},
    ("li", "value"): re.compile(r"[0-9]{1,5}"),
    ("ol", "start"): re.compile(r"[0-9]{1,9}"),
    **{("mspace", name): LENGTH for name in ("width", "height", "depth")},
    **{("mpadded", name): LENGTH for name in ("width", "height", "depth", "voffset", "lspace")},
    **{("mo", name): LENGTH for name in ("lspace", "rspace", "minsize", "maxsize")},
}
FREE = {"a": {"title", "aria-label"}, "img": {"alt"}}

HIGHLIGHT = {f"hl-{name}" for name in ("c", "k", "s", "m", "f", "b", "v", "t", "e", "d", "i", "h", "p", "o")}
BOX = {f"box-{name}" for name in ("note", "goals", "question", "summary", "challenge", "solution", "warning", "other")}
CLASSES: dict[str, set[str]] = {
    "a": {"external", "footnote-back"},
    "span": HIGHLIGHT | {"task", "task-done", "visually-hidden", "link-host", "picture-missing"},
    "code": {"formula-broken"},
    "pre": {"code", "code-output", "code-error", "as-typed"},
    "p": {"box-kind"},
    **{tag: {"box-title"} for tag in ("h2", "h3", "h4", "h5", "h6")},
    "section": {"box", "footnotes"} | BOX,
    "details": {"box"} | BOX,
    "div": {"prose-scroll", "box-body"},
    "sup": {"footnote-ref"},
    **{tag: {"align-left", "align-center", "align-right"} for tag in ("th", "td")},
}
CLASSES["h2"] = CLASSES["h2"] | {"visually-hidden"}
for _level in range(3, 7):
    CLASSES[f"h{_level}"] |= {"visually-hidden"}

# Without a word on all tags, the library lets `title` and `lang` pass on each.
ATTRIBUTES: dict[str, set[str]] = {"*": set()}
for _tag, _names in [*((tag, set(values)) for tag, values in VALUES.items()), *FREE.items()]:
    ATTRIBUTES.setdefault(_tag, set()).update(_names)
for _tag, _name in CHECKED:
    ATTRIBUTES.setdefault(_tag, set()).add(_name)


def _checked(tag: str, name: str, value: str) -> str | None:
    if allowed := VALUES.get(tag, {}).get(name):
        return value if value in allowed else None
    if pattern := CHECKED.get((tag, name)):
        return value if (pattern.match if name in {"href", "src"} else pattern.fullmatch)(value) else None
    return value


_all = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_checked,
    allowed_classes=CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
_formula = nh3.Cleaner(
    tags=FORMULA,
    attributes={tag: names for tag, names in ATTRIBUTES.items() if tag in {*FORMULA, "*"}},
    attribute_filter=_checked,
    url_schemes=set(),
    link_rel=None,
)


def clean(html: str) -> SafeString:
    """The last step for everything that is stored."""
    return mark_safe(_all.clean(html))  # noqa: S308 - cleaned


def clean_formula(html: str) -> str:
    """A formula alone, so that nothing of a page can hide in its words."""
    return _formula.clean(html)


BREAK = re.compile(r"</(?:p|h[1-6]|li|tr|pre|summary|figcaption|blockquote)>|<(?:br|hr)>")
CELL = re.compile(r"</t[hd]>")


def text_of(html: str) -> str:
    """Rendered text as plain text, a line a paragraph, for searching and for excerpts."""
    bare = nh3.clean(CELL.sub(" ", BREAK.sub("\n", html)), tags=set())
    lines = (" ".join(line.split()) for line in unescape(bare).split("\n"))
    return "\n".join(line for line in lines if line)
