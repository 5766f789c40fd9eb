"""Counts are right whoever writes, reads and deletes at the same moment, on either database."""


def test_after_eight_writers_and_readers_each_count_is_what_a_recount_says(elsewhere):
    assert elsewhere("tests.notifications.race") == ["settled"]
