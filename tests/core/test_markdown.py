"""Markdown becomes the HTML that was meant, and its author learns what can't be shown."""

import re
from pathlib import Path

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
