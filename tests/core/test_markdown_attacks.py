"""Whatever is typed, rendered text holds the tags, attributes and addresses that are listed here, and nothing else.

The vectors are those that others were hit by: OWASP's cheat sheet on filters of XSS
(https://cheatsheetseries.owasp.org/cheatsheets/XSS_Filter_Evasion_Cheat_Sheet.html), what went through DOMPurify by
mutation (https://research.securitum.com/mutation-xss-via-mathml-mutation-dompurify-2-0-17-bypass/,
https://portswigger.net/research/bypassing-dompurify-again-with-mutation-xss), and what LaTeX brings along.
"""

import re
from html.parser import HTMLParser
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from apps.core.markdown import problems, render, text_of
from apps.core.markdown.cleaning import clean, clean_formula

MATH = """math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
    mprescripts none mtable mtr mtd mstyle mpadded mphantom menclose"""
HTML = """p h2 h3 h4 h5 h6 ul ol li blockquote pre hr br div section a em strong del code kbd sub sup span img table
    thead tbody tr th td details summary figure figcaption"""
TAGS = {*MATH.split(), *HTML.split()}
ATTRIBUTES = {
    "a": "href class title rel target id aria-label",
    "img": "src alt loading decoding",
    "li": "id value",
    "ol": "start",
    "pre": "class tabindex",
    "div": "class tabindex role aria-label",
    "th": "class scope",
    "summary": "id",
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), "id class"),
    **dict.fromkeys(("p", "span", "code", "section", "details", "sup", "td"), "class"),
    "math": "display tabindex",
    "mo": "stretchy fence separator accent movablelimits largeop symmetric form lspace rspace minsize maxsize "
    "mathvariant",
    **dict.fromkeys(("mi", "mn", "mtext", "ms"), "mathvariant"),
    "mspace": "width height depth",
    "mpadded": "width height depth voffset lspace",
    "mfrac": "linethickness bevelled",
    "mstyle": "displaystyle scriptlevel",
    "mtable": "displaystyle",
    "mover": "accent",
    "munder": "accentunder",
    "menclose": "notation",
}
CLASS = re.compile(
    r"(external|footnote-(back|ref)|footnotes|hl-[a-z]|task(-done)?|visually-hidden|link-host|picture-missing|formula-broken"
    r"|code(-output|-error)?|as-typed|box(-[a-z]+)?|prose-scroll|align-(left|center|right))"
)
HREF = re.compile(r"https?://[^/?#@\\]+([/?#].*)?|mailto:[^?]+|#c-.*|/(?![/\\]).*", re.DOTALL)

OWASP = [
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<a onmouseover=alert(1)>x</a>",
    '<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>',
    "<IMG SRC=javascript:alert(String.fromCharCode(88,83,83))>",
    '<IMG SRC= onmouseover="alert(1)">',
    '<IMG onmouseover="alert(1)">',
    '<IMG SRC=/ onerror="alert(1)"></img>',
    "<img src=x onerror=&#0000106&#0000097>",
    '<IMG SRC="jav&#x0A;ascript:alert(1);">',
    '<IMG SRC=" &#14; javascript:alert(1);">',
    "<SCRIPT/XSS SRC=https://evil.example/x.js></SCRIPT>",
    '<BODY onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert("XSS")>',
    '<<SCRIPT>alert("XSS");//\\<</SCRIPT>',
    "<SCRIPT SRC=//evil.example/.j>",
    '<IMG SRC="`<javascript:alert>`(1)"',
    "</TITLE><SCRIPT>alert(1);</SCRIPT>",
    '<INPUT TYPE="IMAGE" SRC="javascript:alert(1);">',
    '<BODY BACKGROUND="javascript:alert(1)">',
    "<svg/onload=alert(1)>",
    '<LINK REL="stylesheet" HREF="javascript:alert(1);">',
    "<STYLE>@import'https://evil.example/x.css';</STYLE>",
    '<META HTTP-EQUIV="refresh" CONTENT="0;url=data:text/html base64,PHNjcmlwdD4=">',
    '<IFRAME SRC="javascript:alert(1);"></IFRAME>',
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    '<DIV STYLE="width: expression(alert(1));">',
    '<BASE HREF="javascript:alert(1);//">',
    '<OBJECT TYPE="text/x-scriptlet" DATA="https://evil.example/x.html"></OBJECT>',
    '<EMBED SRC="data:image/svg+xml;base64,PHN2Zz4=" AllowScriptAccess="always"></EMBED>',
    "<details open ontoggle=alert(1)>",
    '<form id=x action=javascript:alert(1)><button form=x formaction="javascript:alert(1)">x</button></form>',
    "<div hx-get=/accounts/logout/ hx-trigger=load data-hx-on=x hx-on:load=alert(1)>x</div>",
    "<template><script>alert(1)</script></template>",
    "<a id=location name=location href=x>x</a><img name=cookie>",
]
MUTATION = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<math><mtext><table><mglyph><style><math><table id="</table>"><img src onerror=alert(1)">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><style><img src=x onerror=alert(1)></style></math>",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
    '<math><mi><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
    '<svg><foreignObject><math><mi><style><a title="</style><img src onerror=alert(1)>">',
    "<math><maction actiontype=statusline#https://evil.example xlink:href=javascript:alert(1)>CLICK</maction></math>",
    "<math href=javascript:alert(1)><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<math><semantics><annotation-xml><script>alert(1)</script></annotation-xml></semantics></math>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
    '<xmp><img title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    '<textarea><img title="</textarea><img src=x onerror=alert(1)>">',
    "<select><iframe><style><img src=x onerror=alert(1)></style></iframe></select>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    '<?xml version="1.0"?><img src=x onerror=alert(1)>',
    "<plaintext><img src=x onerror=alert(1)>",
    "<table><a href=javascript:alert(1)>x</table>",
    "<p><details><summary><p></details><style></p><img src=x onerror=alert(1)>",
    "<b><p><b><p><b><svg><p></b></b><style><img src=x onerror=alert(1)>",
    "<math>" * 3 + "<mtext>" * 3 + "<h1><style><!--</style><img src=x onerror=alert(1)>",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "file:///etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "https:///evil.example",
    "https://bank.example@evil.example",
    "https://bank.example%40evil.example",
    "https://evil.example\\@bank.example",
    "http://0x7f.1/",
    "mailto:a@b.example?subject=x&body=<script>",
    "blob:https://evil.example/1",
    "intent://x#Intent;scheme=javascript;end",
    "%6aavascript:alert(1)",
    '#"onclick=alert(1)',
]
LATEX = [
    r"\text{<script>alert(1)</script>}",
    r"\text{</mtext></math><img src=x onerror=alert(1)>}",
    r"\text{&lt;img src=x onerror=alert(1)&gt;}",
    r"\href{javascript:alert(1)}{x}",
    r"\style{position:fixed}{x}",
    r"\class{btn}{x}",
    r"\color{red\" onclick=\"alert(1)}x",
    r"\mathrm{<img src=x onerror=alert(1)>}",
    r"\operatorname{<script>}x",
    r"\hspace{9999em}x",
    r"\hspace{-9999em}x",
    r"\rule{9999em}{9999em}",
    r"\verb|<script>alert(1)</script>|",
    r"\begin{matrix}</mtd><script>alert(1)</script>\end{matrix}",
    r"\left<script>x\right>",
    r"a<img/src=x/onerror=alert(1)>b",
    r"\unicode{x3c}script\unicode{x3e}",
]
VECTORS = OWASP + MUTATION + ADDRESSES + LATEX


def around(vector: str) -> str:
    """The vector in every place that a text has."""
    line = vector.replace("\n", " ")
    return "\n\n".join(
        [
            vector,
            f"${line}$ and $\\text{{{line}}}$",
            f"$$\n{line}\n$$",
            f'[x]({line}) [x](<{line}>) [{line}](/x) [x](/x "{line}") <{line}> {line}',
            f"![x]({line}) ![{line}](a.png) ![](a.png){{alt='{line}'}} ![{line}](<{line}> '{line}')",
            f"[r]: {line}\n[x][r] ![x][r]",
            f"# {line}",
            f"> {line}",
            f"| {line} | x |\n|:-:|--:|\n| `{line}` | {line} |",
            f"```{line}\n{line}\n```",
            f"```html\n{line}\n```",
            f"    {line}",
            f"- [ ] {line}\n- <kbd>{line}</kbd>",
            f"::: {line}\n{line}\n:::",
            f"::: callout {line}\n# {line}\n:::",
            f"::: solution\n## {line}\n:::",
            f"::: {{.{line}}}\nx\n:::",
            f"x[^a] [^{line}]\n\n[^a]: {line}\n\n[^{line}]: x",
            f"<!-- {line} --> \ufdd00\ufdd1 \ufdd0{line}\ufdd1",
        ]
    )


def resolve(name: str) -> str:
    return f"/files/{name}"


class Reader(HTMLParser):
    """What a cleaner's canonical output holds, and all that is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.wrong += wrong(tag, dict(attrs))

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data}")

    handle_decl = unknown_decl = handle_pi = handle_comment


def wrong(tag: str, attributes: dict[str, str | None]) -> list[str]:
    """What this element has that it may not have."""
    if tag not in TAGS:
        return [tag]
    values = {name: value or "" for name, value in attributes.items()}
    checks = [
        *(name in ATTRIBUTES.get(tag, "").split() for name in values),
        *(bool(CLASS.fullmatch(name)) or name in {"box-kind"} for name in values.get("class", "").split()),
        values.get("id", "c-").startswith("c-"),
        bool(HREF.fullmatch(values.get("href", "/"))),
        bool(re.fullmatch(r"/(?![/\\]).*", values.get("src", "/"), re.DOTALL)),
        "target" not in values or (values["target"] == "_blank" and "noopener" in values.get("rel", "")),
        all(
            len(re.sub(r"[^0-9]", "", values.get(name, "").split(".")[0])) < 2 for name in ("width", "height", "lspace")
        ),
    ]
    return [] if all(checks) else [f"{tag} {attributes}"]


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_nothing_but_what_is_listed_comes_out(vector):
    for source in (vector, around(vector)):
        html = render(source, resolve, teachers=True)
        assert Reader(html).wrong == []
        assert clean(html) == html
    assert Reader(clean(vector)).wrong == []
    assert Reader(clean_formula(vector)).wrong == []


# What a page that shows it would hold, and what ran: parsed as the browser parses a page, and as htmx puts it in.
READ = """([whole, html]) => {
    window.ran = [];
    window.alert = (what) => window.ran.push(String(what));
    const inside = document.createElement("div");
    inside.innerHTML = html;
    document.body.replaceChildren(inside);
    const parsed = new DOMParser().parseFromString(whole, "text/html");
    const places = [inside, parsed.getElementById("place")];
    if (inside.innerHTML !== places[1].innerHTML) return [["parsed differently", {}]];
    const again = document.createElement("div");
    again.innerHTML = inside.innerHTML;
    if (again.innerHTML !== inside.innerHTML) return [["not the same when read again", {}]];
    return [...inside.querySelectorAll("*")].map((element) => [
        element.localName,
        Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
        element.namespaceURI,
    ]);
}"""


def test_a_browser_finds_nothing_but_what_is_listed(chromium: Browser):
    page = chromium.new_page()
    try:
        page.route("**/*", lambda route: route.abort())
        found: dict[str, list[str]] = {}
        for vector in VECTORS:
            outputs = [render(vector, resolve), render(around(vector), resolve, teachers=True), clean(vector)]
            for html in [*outputs, clean(f"<math>{vector}</math>"), clean(f"<math><mtext>{vector}</mtext></math>")]:
                elements = page.evaluate(READ, [f"<body><div id=place>{html}</div>", html])
                bad = list(chain.from_iterable(wrong(tag, attributes) for tag, attributes, *_ in elements))
                bad += [tag for tag, _, space in elements if ("Math" in space) != (tag in MATH.split())]
                if bad:
                    found[vector] = bad
            page.wait_for_timeout(1)
            if ran := page.evaluate("window.ran"):
                found[vector] = ran
        assert found == {}
    finally:
        page.context.close()


PIECES = st.sampled_from(
    [
        *(
            "`",
            "```",
            "~~~\n",
            "$",
            "$$",
            ":::",
            "\n",
            "\n\n",
            "    ",
            "> ",
            "- ",
            "1. ",
            "|",
            "|-|",
            "*",
            "**",
            "_",
            "~~",
        ),
        *(
            "[",
            "](",
            ")",
            "![",
            "[^1]",
            "[^1]: ",
            "<",
            ">",
            "<kbd>",
            "</kbd>",
            "<!--",
            "-->",
            "{alt='",
            "'}",
            "\\",
            "#",
            "---",
        ),
        *(
            "challenge",
            "instructor",
            "a",
            "x^2",
            r"\frac",
            "{",
            "}",
            "&lt;",
            "&",
            '"',
            "\x00",
            "\ufdd0",
            "\ufdd1",
            "0",
            "é",
            "😀",
        ),
        *(
            "javascript:",
            "https://a.example/",
            "www.a.com",
            "//",
            "[x]",
            "- [ ] ",
            "title: x",
            "python",
            "\r",
            "\t",
            "\u202e",
        ),
        *VECTORS,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200)))
def test_no_input_makes_anything_else(source):
    html = render(source, resolve)
    assert Reader(html).wrong == []
    problems(source)
    # What was read can be typed again.
    assert Reader(render(text_of(html))).wrong == []
