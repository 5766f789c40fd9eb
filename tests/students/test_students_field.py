"""Students typed by code or name."""

import pytest
from django.core.exceptions import ValidationError

from apps.students.fields import StudentsField
from apps.students.models import Student
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def field():
    field = StudentsField(required=False)
    field.queryset = Student.objects.all()
    return field


@pytest.fixture
def people():
    names = [("Zuleika", "Dobson"), ("Ana María", "de la Cruz"), ("Cher", "")]
    return [factories.student(given_name=given, family_name=family) for given, family in names]


def test_codes_and_names_are_found_in_their_order_once_each(field, people):
    zuleika, ana, cher = people
    typed = f"cher, {ana.code.lower()}; ANA MARÍA  de la cruz\nZuleika Dobson"
    assert field.to_python(typed.replace("MARÍA", "María")) == [cher, ana, zuleika]


@pytest.mark.parametrize("typed", ["Zuleika", "Dobson", "Ana", "Nobody"])
def test_who_is_not_found_is_named(field, people, typed):
    with pytest.raises(ValidationError, match=f"There is no student {typed}:"):
        field.to_python(f"Cher, {typed}")


def test_of_two_with_one_name_the_code_is_asked_for(field, people):
    factories.student(given_name="zuleika", family_name="dobson")
    with pytest.raises(ValidationError, match="Several students are called Zuleika Dobson"):
        field.to_python("Cher, Zuleika Dobson")


def test_it_takes_one_query_however_many_are_typed(field, query_count):
    codes = [factories.student().code for _ in range(60)]
    assert query_count(lambda: field.to_python(codes[0])) == 1
    assert query_count(lambda: field.to_python(", ".join(codes))) == 1
    long = ", ".join(f"{code} {'a ' * 12}" for code in codes)

    def too_long():
        with pytest.raises(ValidationError, match="There is no student"):
            field.to_python(long)

    assert query_count(too_long) == 1
