"""The database settles who gets the last place."""


def test_nobody_gets_a_place_that_is_not_there(elsewhere):
    assert elsewhere("tests.courses.race") == ["settled"]
