"""One attempt, one answer, one result, on both databases."""


def test_fifty_starts_are_one_attempt_and_fifty_hand_ins_one_result(elsewhere):
    assert elsewhere("tests.assessments.race") == ["settled"]
