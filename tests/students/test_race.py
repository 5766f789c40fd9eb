"""The database settles what happens when several change the same students at once."""


def test_nothing_is_made_twice_or_lost(elsewhere):
    assert elsewhere("tests.students.race") == ["settled"]
