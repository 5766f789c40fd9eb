"""Whatever stands in an address or a form: an answer, never an error of ours."""


def test_no_address_of_conversations_breaks_at_a_strange_number_or_text(elsewhere):
    assert elsewhere("tests.conversations.oddities") == ["settled"]
