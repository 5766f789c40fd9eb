"""The database settles which pin stands where, and that one form begins one topic and one emoji is one."""


def test_pins_topics_replies_and_reactions_at_the_same_moment(elsewhere):
    assert elsewhere("tests.community.race") == ["settled"]
