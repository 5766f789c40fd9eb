"""What the parser's HTML is made of."""

import re

from apps.core.markdown.marks import CLOSE, OPEN

# cmark escapes "<" and ">" in text and in attributes, and writes no raw HTML: this reads all of it.
PIECE = re.compile(
    rf"""
      <p>{OPEN}(?P<fence>[0-9]+){CLOSE}</p>\n?
    | <pre><code(?:[ ]class="language-(?P<language>[^"]*)")?>(?P<block>[^<]*)</code></pre>\n?
    | <code>(?P<code>[^<]*)</code>
    | (?P<figure><p>(?=<img[^>]*>(?:{OPEN}[0-9]+{CLOSE})?</p>))
    | <img[ ]src="(?P<src>[^"]*)"[ ]alt="(?P<alt>[^"]*)"
        (?:[ ]title="(?P<caption>[^"]*)")?[ ]/>
        (?:{OPEN}(?P<more>[0-9]+){CLOSE})?(?P<picture>)
    | <sup[ ]class="footnote-ref"><a[ ]href="\#fn-(?P<note>[^"]*)"[^>]*>[0-9]+</a></sup>
    | <a[ ]href="\#fnref-(?P<back>[^"]*)"[ ]class="footnote-backref"[^>]*idx="[0-9]+(?P<again>-[0-9]+)?"[^>]*>
        ↩(?:<sup[^>]*>[0-9]*</sup>)?</a>(?P<return>)
    | <li[ ]id="fn-(?P<item>[^"]*)">
    | <input[^>]*?(?P<task>[ ]checked="")?[ ]disabled=""[ ]/>(?P<input>)
    | </a>(?:{OPEN}(?P<linked>[0-9]+){CLOSE})?(?P<link>)
    | <(?P<close>/)?(?P<tag>[a-z][a-z0-9]*)(?P<attributes>[^>]*)>
    | <!--[^>]*-->
    | (?P<text>[^<]+)
    """,
    re.VERBOSE,
)
