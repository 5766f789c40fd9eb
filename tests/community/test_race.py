"""The database settles which pin stands where, and that one form begins one topic."""


def test_pins_topics_and_replies_at_the_same_moment(elsewhere):
    assert elsewhere("tests.community.race") == ["settled"]
