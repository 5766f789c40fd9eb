"""The database settles whose an hour is: on both databases, by actions and by raw SQL."""


def test_an_hour_is_taken_once_whoever_asks_at_the_same_moment(elsewhere):
    assert elsewhere("tests.scheduling.race") == ["settled"]
