"""Charts that the server draws: where things stand, and that nothing in them needs a style."""

import re

import pytest
from django.template import engines

from apps.core.charts import Chart, Point, round_up


def chart(*values: float, top: float = 0, labels: str = "ABCDEFGH") -> Chart:
    points = [Point(labels[n], value, f"{value:g}") for n, value in enumerate(values)]
    return Chart("visits", "Visits", ("Day", "Visits"), points, top=top)


def draw(tag: str, drawn: Chart) -> str:
    source = f"{{% load charts %}}{{% {tag} chart %}}"
    return engines["django"].from_string(source).render({"chart": drawn})


@pytest.mark.parametrize(
    ("value", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (9, 10), (10, 10), (11, 20), (41, 60), (1_234, 2_000)]
)
def test_a_scale_ends_at_a_round_number_that_no_value_exceeds(value, top):
    assert round_up(value) == top


def test_a_bar_is_as_long_as_its_share_of_the_scale():
    widths = re.findall(
        r'class="chart-fill" x="0" y="\d+" width="([\d.]+)%"', draw("bar_chart", chart(50, 0, 100, top=100))
    )
    assert [float(width) for width in widths] == [50, 0, 100]


def test_a_value_beyond_the_scale_stays_in_the_drawing():
    assert "100.00%" in draw("bar_chart", chart(150, top=100))


def test_a_line_rises_with_its_values_and_goes_from_left_to_right():
    html = draw("line_chart", chart(0, 5, 10))
    dots = re.findall(r'<circle class="chart-dot" cx="([\d.]+)%" cy="([\d.]+)"', html)
    across, down = zip(*((float(x), float(y)) for x, y in dots), strict=True)
    assert list(across) == sorted(across)
    assert 0 < across[0] < across[-1] < 100
    assert down[0] > down[1] > down[2]


@pytest.mark.parametrize("tag", ["bar_chart", "line_chart"])
@pytest.mark.parametrize("values", [(), (0, 0), (3,), (1, 2), (1, 2, 3, 4)])
def test_whatever_is_drawn_also_stands_in_a_table_and_needs_no_style(tag, values):
    html = draw(tag, chart(*values))
    table = html[html.index("<table>") :]
    assert re.findall(r"<td>(.*?)</td>", table) == [f"{value:g}" for value in values]
    assert "style" not in html
    assert "<script" not in html
    assert ("Nothing to show yet" in html) == (not any(values))
    assert ("<svg" in html) == any(values)


@pytest.mark.parametrize("tag", ["bar_chart", "line_chart"])
def test_a_label_is_text_whatever_is_in_it(tag):
    html = draw(tag, Chart("x", "<b>", ("<i>", "y"), [Point("<script>alert(1)</script>", 1, "<u>")]))
    assert not re.search(r"<(b|i|u|script)>", html)


def test_a_long_label_is_cut_in_the_drawing_and_whole_in_the_table():
    label = "A course with a title that is much longer than a phone is wide"
    html = draw("bar_chart", Chart("x", "X", ("a", "b"), [Point(label, 1, "1")]))
    assert html.count(label) == 1
    assert "…</text>" in html
