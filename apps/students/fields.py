"""Form fields that name students."""

import re
from collections import defaultdict
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from apps.students.models import Student

# The most students that are chosen by name at once.
MOST_STUDENTS = 60


class StudentsField(forms.CharField):
    """Students by code or full name, separated by commas or lines: a list of thousands is none to choose from."""

    queryset: QuerySet[Student] = Student.objects.none()

    def to_python(self, value: Any) -> Any:
        """Each student once, in the order in which they were typed; ValidationError names what isn't one."""
        if "\0" in str(value or ""):
            raise ValidationError("Type codes or full names, separated by commas.", code="unknown")
        words = [" ".join(part.split()) for part in re.split(r"[,;\n]", super().to_python(value) or "")]
        found: dict[int, Student] = {}
        words = [word for word in words if word]
        if len(words) > MOST_STUDENTS:
            raise ValidationError(f"There is room for {MOST_STUDENTS} students.", code="many")
        called = reduce(or_, map(_called, words), Q(pk__in=[]))
        by_name: dict[str, list[Student]] = defaultdict(list)
        for row in self.queryset.filter(called) if words else ():
            for name in {_key(row.code), _key(f"{row.given_name} {row.family_name}")}:
                by_name[name].append(row)
        for word in words:
            rows = by_name[_key(word)]
            if not rows:
                raise ValidationError(f"There is no student {word}: type a code or a full name.", code="unknown")
            if len(rows) > 1:
                raise ValidationError(f"Several students are called {word}: type the code.", code="several")
            found[rows[0].pk] = rows[0]
        return list(found.values())


def _key(name: str) -> str:
    """What names have in common that a database takes for one."""
    return " ".join(name.upper().casefold().split())


def _called(word: str) -> Q:
    name = Q(given_name__iexact=word, family_name="")
    parts = word.split()[:10]
    for cut in range(1, len(parts)):
        name |= Q(given_name__iexact=" ".join(parts[:cut]), family_name__iexact=" ".join(parts[cut:]))
    return Q(code__iexact=word) | name
