"""What a browser without a cache loads for the home page of a student whose thread is full, as JSON: files and bytes.

`files` has the bytes of each as they travel, `chat` what the chat adds to them.
Runs on an empty database of its own (tests.elsewhere) and collects the static files as a start does.
"""

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.dashboard.serving import collect_static  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.benchmarks.chat_weight import weigh_chat  # noqa: E402
from tests.benchmarks.pages import THREADS, Academy, add_messages, client_for, first_visit  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    collect_static()
    user = User.objects.create(email="visitor@homeroom.test", given_name="Visitor", role=Role.STUDENT)
    student = Student.objects.create(code="V1", given_name="Visitor", user=user)
    office = Academy(User.objects.create(email="office@homeroom.test", given_name="Office", role=Role.STAFF), None, {})
    add_messages(office, student, THREADS[0])
    page = client_for(user).get("/").content.decode()
    print(json.dumps({"files": first_visit(student), "chat": weigh_chat(page)}))
