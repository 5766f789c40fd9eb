"""Files that one person sends at the same moment, on the database of the environment."""

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts import quota  # noqa: E402
from apps.accounts.models import Role, Upload, User  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

if __name__ == "__main__":
    staff = User.objects.create_user("s@homeroom.test", given_name="Sam", role=Role.STAFF)
    settings.QUOTA = 1_000
    results = at_once(*[lambda: quota.take(staff, 300)] * 6, refusals=(ValidationError,))
    assert results.count(None) == Upload.objects.count() == 3, results
    print("settled")
