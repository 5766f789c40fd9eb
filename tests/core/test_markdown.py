"""Markdown becomes the HTML that was meant, and its author learns what can't be shown."""

import re
from pathlib import Path
from time import process_time

import pytest

from apps.core.markdown import LIMIT, front_matter, problems, read, render, text_of

COURSE = Path(__file__).resolve().parents[4] / "shared/data/course"
EPISODES = sorted(COURSE.glob("0*.md"))
SAMPLE = """---
title: "Made up"
teaching: 5
exercises: 10
---

:::::::::::::::::::::::::::: objectives

- Name one thing.

::::::::::::::::::::::::::::::::::

## First

![](fig/tree.svg){alt='A tree, "drawn" from \\_above\\_'}

::::::::::::::::::: challenge

## What is it?

Press <kbd>Ctrl</kbd>\\+<kbd>C</kbd>.

:::::::::  solution

## Solution

That.

:::::::::::::::

::::::::::::::::::::::::::::::

::: instructor

Tell nobody.[^1]

:::

::: my-own kind

Words.

:::

[^1]: A secret.
"""


def ours(name: str) -> str | None:
    return None if name.startswith("missing") else f"/files/{name}"


def test_a_box_has_a_heading_and_a_solution_is_folded():
    html = render(SAMPLE, ours)
    assert '<section class="box box-goals"><h2 class="box-title">Objectives</h2>' in html
    assert '<p class="box-kind">Challenge</p><h3 class="box-title" id="c-what-is-it">What is it?</h3>' in html
    assert '<details class="box box-solution"><summary id="c-solution">Solution</summary>' in html
    assert "kind</h3>" in html
    assert ":::" not in html


def test_what_is_for_teachers_is_shown_to_them_alone():
    assert "Tell nobody" not in render(SAMPLE, ours)
    assert "secret" not in render(SAMPLE, ours)
    assert "For teachers" in render(SAMPLE, ours, teachers=True)
    assert "A secret" in render(SAMPLE, ours, teachers=True)


def test_a_picture_says_what_the_braces_behind_it_say():
    html = render(SAMPLE, ours)
    assert '<img src="/files/fig/tree.svg" alt="A tree, &quot;drawn&quot; from _above_"' in html
    assert "{alt" not in html


@pytest.mark.skipif(not EPISODES, reason="the real course is not here")
@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_a_real_lesson_shows_none_of_its_marks(path):
    source = path.read_text()
    rendered = read(source, ours)
    words = text_of(re.sub(r"<pre.*?</pre>", "", rendered.html, flags=re.DOTALL))
    assert not re.search(r":::|\{alt=|\]\(|^#|</?kbd|\*\*|```|^---", words, re.MULTILINE)
    assert rendered.problems == []
    assert rendered.html.count("<details") == len(re.findall(r"^:::+ +(?:solution|spoiler)", source, re.MULTILINE))
    assert rendered.html.count("<img") == source.count("![](")


@pytest.mark.parametrize(
    "prose",
    [
        "costs $5 and $6",
        "$5-$6",
        "between $5 and 6$",
        "US$5, A$6",
        "$HOME and $PATH",
        "$HOME/$PATH",
        r"\$x\$",
        "5$ or 6$",
    ],
)
def test_a_price_is_no_formula(prose):
    assert "<math" not in render(prose)
    assert text_of(render(prose)) == prose.replace("\\", "")
    assert problems(prose) == []


@pytest.mark.parametrize(
    ("source", "inside"), [("$a<b$", "<mo>&lt;</mo>"), ("$$x^2$$", '"block"'), ("($|x|$)", "<mi>x</mi>")]
)
def test_a_formula_is_drawn_by_the_browser(source, inside):
    assert inside in render(source)


@pytest.mark.parametrize(
    ("latex", "why"),
    [
        (r"\frac{a}{", "missing"),
        (r"\unknown x", r"\unknown is not known"),
        (r"\href{javascript:alert(1)}{x}", r"\href can’t be used"),
        ("{" * 40 + "x" + "}" * 40, "nested too deeply"),
        (r"\newcommand{\a}{\a\a}\a", r"\newcommand can’t"),
    ],
)
def test_a_broken_formula_is_shown_as_it_was_typed(latex, why):
    rendered = read(f"See ${latex}$.")
    assert "formula-broken" in rendered.html
    assert text_of(rendered.html) == f"See ${latex}$."
    assert why in rendered.problems[0]


def test_code_stays_as_it_was_typed():
    code = "::: challenge\n$x$ <b> <kbd>A</kbd> <!-- note -->\n:::\n:::\nend"
    for source in (f"```\n{code}\n```", f"- a\n\n  ```\n  {code.replace(chr(10), chr(10) + '  ')}\n  ```"):
        assert text_of(render(source)).split("\n")[-5:] == code.split("\n")
    assert "<code>$x$ &lt;b&gt;</code>" in render("`$x$ <b>`")


def test_text_that_looks_like_html_is_text():
    assert text_of(render("a <b and c> d <script>x</script>")) == "a <b and c> d <script>x</script>"
    assert text_of(render("seen <!-- not seen --> seen")) == "seen seen"


def test_the_author_learns_what_leads_nowhere():
    found = problems(
        "![](missing.png) [x](missing.md) [y](#none) [z](javascript:alert(1)) ![a](https://x.example/a.png)", ours
    )
    assert len(found) == 6


def test_front_matter_is_read_and_not_shown():
    values, body = front_matter(SAMPLE)
    assert values == {"title": "Made up", "teaching": 5, "exercises": 10}
    assert body.lstrip().startswith(":::")
    assert "teaching" not in render(SAMPLE)
    assert front_matter("---\nno matter\n---\n") == ({}, "---\nno matter\n---\n")


def test_what_is_too_long_is_shown_as_it_was_typed():
    rendered = read("*x*" * LIMIT)
    assert "<em>" not in rendered.html
    assert rendered.problems


HOSTILE = {
    "brackets": "[",
    "pictures": "![",
    "links": "[a](b",
    "addresses": "http://a.b/",
    "separate addresses": "http://a.b/ ",
    "ampersands": "&",
    "tags": "<a ",
    "comments": "<!--",
    "quotes": "> ",
    "lists": "- ",
    "emphasis": "*a _b ",
    "strong": "**a b** ",
    "fences": "```\n",
    "boxes": "::: a\n",
    "ended boxes": "::: a\nx\n:::\n",
    "colons": ":",
    "formulas": "$x_1$ ",
    "openings": "$$a\n",
    "braces": "){a='",
    "keys": "<kbd>",
    "headings": "# a\n",
    "footnotes": "[^1]",
    "rows": "|1|2|\n",
    "missing files": "[a](x.md) ",
    "closing brackets": ")",
    "blank lines": "\n",
}
BEFORE = {"rows": "|a|b|\n|-|-|\n", "footnotes": "[^1]: x\n\n", "closing brackets": "http://a.b/"}


def seconds(source: str) -> float:
    """The least of three: what else the machine does isn't the renderer's."""
    took = []
    for _ in range(3):
        start = process_time()
        read(source)
        took.append(process_time() - start)
    return min(took)


@pytest.mark.parametrize("name", HOSTILE)
def test_eight_times_the_text_takes_about_eight_times_as_long(name):
    short, long = (BEFORE.get(name, "") + HOSTILE[name] * times for times in (1_500, 12_000))
    # Squared it would be 64; and what takes a few milliseconds is too short to be compared.
    assert seconds(long) < max(24 * seconds(short), 0.05)


def test_a_wide_table_does_not_grow_beyond_its_source():
    table = f"|{'a|' * 400}\n|{'-|' * 400}\n" + "|a\n" * 400
    rendered = read(table)
    assert len(rendered.html) < 20 * len(table)
    assert "as it was typed" in rendered.problems[0]


def test_what_is_nested_too_deeply_is_shown_without_its_nesting():
    for nested in ("> " * 500 + "x", "- " * 90 + "x", "*a " * 90 + "b*" * 90, "::: note\n" * 90 + "x"):
        html = render(nested)
        assert "x" in text_of(html) or "b" in text_of(html)
        assert max(html.count(tag) for tag in ("<blockquote", "<ul", "<em", "<section")) <= 12


def test_a_link_elsewhere_says_so_and_names_its_host_where_its_words_do_not():
    honest, disguised = render("[here](https://a.example/x)"), render("[bank.com](https://evil.example/x)")
    assert 'class="external"' in honest
    assert 'rel="nofollow noopener noreferrer ugc"' in honest
    assert text_of(honest) == "here"
    assert text_of(disguised) == "bank.com (evil.example)"
    assert text_of(render("[x](https://bücher.example/)")) == "x (xn--bcher-kva.example)"


def test_two_texts_on_one_page_have_no_id_in_common():
    source = "# Title\n\nx[^1]\n\n[^1]: y"
    ids = [re.findall(r' id="([^"]*)"', render(source, namespace=name)) for name in ("t1", "t2")]
    assert all(one.startswith("c-") for one in ids[0])
    assert len(ids[0]) == 3
    assert not set(ids[0]) & set(ids[1])
    assert all(f'href="#{one}"' in render(source, namespace="t1") for one in ids[0][1:])


def test_what_may_be_wider_than_a_phone_can_have_the_focus():
    wide = ("```\n" + "x" * 60 + "\n```", "$$" + "x + " * 20 + "x$$", "|a|b|\n|-|-|\n|1|2|")
    assert all('tabindex="0"' in render(source) for source in wide)
    assert "tabindex" not in render("```\nx\n```\n\n$$x$$")


def test_headings_leave_no_level_out():
    levels = re.findall(r"<h(\d)", render("## a\n\n#### b\n\n::: note\n## c\n##### d\n:::\n\n### e"))
    assert levels == ["2", "3", "4", "5", "3"]


def test_code_that_is_known_is_coloured_and_a_prompt_is_none_of_it():
    assert '<span class="hl-k">def</span>' in render("```python\ndef f(): pass\n```")
    assert '<span class="hl-p">$ </span>' in render("```bash\n$ ls\n```")
    assert "<span" not in render("```unknown\ndef f(): pass\n```")
    for language in ("bash", "python", "sql", "json"):
        code = "\n  a <b> & 'c'\n\n"
        assert f"```{language}" not in render(f"```{language}\n{code}```")
        assert text_of(render(f"```{language}\n{code}```")) == "a <b> & 'c'"
