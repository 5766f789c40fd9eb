"""Several processes try passwords at the same moment; run by test_locks.py with the number of tries of this process.

Prints how many of them were looked at, and how many refused.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from allauth.core.context import request_context  # noqa: E402
from allauth.core.ratelimit import consume  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from apps.accounts import locks  # noqa: E402
from apps.accounts.models import Tries  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402


def request():
    return RequestFactory().post("/accounts/login/", SERVER_NAME="localhost")


def attempt():
    locks.begin(request(), "Sam@homeroom.test").was_wrong("password")


if __name__ == "__main__":
    if sys.argv[1] == "count":
        print(*Tries.objects.values_list("count", flat=True))
    elif sys.argv[1] == "limit":
        with request_context(request()):
            mails = [consume(request(), action="asked_reset", key="sam@homeroom.test") for _ in range(2)]
        print(*mails)
    else:
        ended = at_once(*[attempt] * int(sys.argv[1]), refusals=(locks.LockedError,))
        print(sum(end is None for end in ended), sum(isinstance(end, locks.LockedError) for end in ended))
