"""The database settles who gets the last place."""


def test_nobody_gets_a_place_that_is_not_there(elsewhere):
    assert elsewhere("tests.courses.race") == ["settled"]


def test_what_is_finished_at_once_is_finished_once_and_certified_once(elsewhere):
    assert elsewhere("tests.courses.race_certificates") == ["settled"]


def test_of_two_who_build_a_course_at_once_neither_overwrites_the_other(elsewhere):
    assert elsewhere("tests.courses.race_building") == ["settled"]
