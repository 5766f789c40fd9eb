"""Charts in templates: `{% load charts %}{% bar_chart chart %}` (apps.core.charts draws them)."""

from typing import Any

from django import template

from apps.core.charts import Chart

register = template.Library()


@register.inclusion_tag("charts/_bars.html")
def bar_chart(chart: Chart) -> dict[str, Any]:
    """Bars from above, for things side by side."""
    return {"chart": chart}


@register.inclusion_tag("charts/_line.html")
def line_chart(chart: Chart) -> dict[str, Any]:
    """A line from left to right, for what changes in time."""
    return {"chart": chart}
