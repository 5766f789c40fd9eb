"""What a browser without a cache loads for a student's home page, as JSON: each file and its bytes as they travel.

Runs on an empty database of its own (tests.elsewhere) and collects the static files as a start does.
"""

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.dashboard.serving import collect_static  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.benchmarks.pages import first_visit  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    collect_static()
    user = User.objects.create(email="visitor@homeroom.test", given_name="Visitor", role=Role.STUDENT)
    print(json.dumps(first_visit(Student.objects.create(code="V1", given_name="Visitor", user=user))))
