"""The database settles who takes, answers or closes a ticket."""


def test_of_those_who_work_on_one_ticket_at_once_one_does_and_the_others_are_told_who_did(elsewhere):
    assert elsewhere("tests.support.race") == ["settled"]
