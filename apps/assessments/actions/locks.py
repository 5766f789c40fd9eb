"""A shared lock that keeps a quiz unchanged while an attempt starts or ends."""

from django.db import connection

from apps.assessments.models import Quiz


def share_quiz(pk: int) -> None:
    """Share-lock a quiz until the transaction ends: changes to its times and keys wait, other starts and ends don't.

    Without it, an attempt that starts while everybody is given more time would miss it, and one that ends while a
    key is corrected would keep its old mark. Taken before every other lock. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {Quiz._meta.db_table} WHERE id = %s FOR SHARE", [pk])  # noqa: S608
