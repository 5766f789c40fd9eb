"""The row's lock settles the order of a conversation."""


def test_each_change_has_a_number_of_its_own_and_each_sending_one_row(elsewhere):
    assert elsewhere("tests.conversations.race") == ["settled"]


def test_who_reacts_or_answers_at_the_same_moment_is_counted_once_and_never_lost(elsewhere):
    assert elsewhere("tests.conversations.race_compose") == ["settled"]


def test_what_is_edited_and_deleted_at_the_same_moment_ends_in_one_way_for_all(elsewhere):
    assert elsewhere("tests.conversations.race_verbs") == ["settled"]
