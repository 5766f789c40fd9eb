"""The database settles who decides about what waits, and about what is reported."""


def test_of_those_who_decide_at_once_one_does_and_the_others_are_told_who_did(elsewhere):
    assert elsewhere("tests.community.moderation_race") == ["settled"]
