"""One spelling of an e-mail address: what is the same, what is refused and why, what people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.email_addresses import NotAnAddressError, comparable, mailbox, normal_form, shown, why_not

BUECHER = "name@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("NAME@BÜCHER.EXAMPLE", BUECHER),
        ("name@bu\u0308cher.example", BUECHER),
        ("name@XN--BCHER-KVA.example", BUECHER),
        ("\ufeffname@b\u200bü\u00adcher.example\u2060", BUECHER),
        ("\u202aname@bücher.example\u202c", BUECHER),
        ("\uff4e\uff41\uff4d\uff45\uff20bücher\uff0eexample", BUECHER),
        ("name@bücher\u3002example.", BUECHER),
        ("\u00a0<name@bücher.example>, ", BUECHER),
        ("“Name, N.” <name@bücher.example>", BUECHER),
        ('"other@example.com" <name@bücher.example>', BUECHER),
        ("mailto:name@bücher.example?subject=Hi", BUECHER),
        ("name@straße.example", "name@xn--strae-oqa.example"),
        ("name@STRASSE.example", "name@strasse.example"),
        ("name@İstanbul.example", "name@xn--istanbul-o0e.example"),
        ("na\u200dme@example.com", "name@example.com"),
        ("name@ex\u200cample.com", "name@example.com"),
        # Between these letters the joiner is part of the name (RFC 5892, A.1).
        ("name@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "name@xn--mgba3gch31f060k.com"),
        ("name@\u0645\u062b\u0627\u0644.\u0625\u062e\u062a\u0628\u0627\u0631", "name@xn--mgbh0fb.xn--kgbechtv"),
        ("\u212aelvin@example.com", "kelvin@example.com"),
        ("first.last+tag@sub.example.co", "first.last+tag@sub.example.co"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("name@ab--cd.example", "name@ab--cd.example"),
    ],
)
def test_what_people_paste_becomes_one_spelling(typed, normal):
    assert normal_form(typed) == comparable(typed) == normal
    assert normal_form(normal) == normal_form(shown(normal)) == normal


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Enter an address"),
        ("\u200b\ufeff", "Enter an address"),
        ("name", "has an @ in it"),
        ("@example.com", "isn't an e-mail address"),
        ("name@", "isn't an e-mail address"),
        ("a@b@example.com", "isn't an e-mail address"),
        ("na me@example.com", "a blank"),
        ("name@exam\nple.com", "a blank"),
        ("jürgen@example.com", "“ü” can't stand before the @"),
        ("\u0131rmak@example.com", "can't stand before the @"),
        ("straße@example.com", "“ß” can't stand before the @"),
        ("name@i\u2764.ws", "There can't be a domain"),
        ("name@xn--i-7iq.ws", "There can't be a domain"),
        ("name@xn--.example", "There can't be a domain"),
        ("name@" + "ü" * 60 + ".example", "There can't be a domain"),
        ("name@-x.example", "isn't an e-mail address"),
        ("name@x..example", "isn't an e-mail address"),
        ("name@[127.0.0.1]", "isn't an e-mail address"),
        ("a" * 65 + "@example.com", "too long"),
        ("name@" + "a." * 125 + "example", "too long"),
        ("a" * 100_000, "too long"),
        ('"a b"@example.com', "a blank"),
    ],
)
def test_what_is_no_address_is_refused_with_one_sentence_that_says_why(typed, reason):
    with pytest.raises(NotAnAddressError, match=r"^[^.]*.*\.$") as refused:
        normal_form(typed)
    assert reason in str(refused.value) == why_not(typed)


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_normal_form_of_anything_is_normal_and_ascii(local, domain):
    try:
        email = normal_form(f"{local}@{domain}")
    except NotAnAddressError:
        return
    assert email == normal_form(email) == comparable(email)
    assert email.isascii()
    assert email == email.lower().strip(" .")
    assert normal_form(shown(email)) == email


@pytest.mark.parametrize(
    ("email", "read"),
    [
        (BUECHER, "name@bücher.example"),
        ("name@xn--r8jz45g.xn--zckzah", "name@例え.テスト"),
        ("name@xn--p1ai.xn--p1ai", "name@рф.рф"),
        # These would pass for names in Latin letters.
        ("name@xn--80ak6aa92e.com", "name@xn--80ak6aa92e.com"),
        ("name@xn--pple-43d.com", "name@xn--pple-43d.com"),
        ("name@xn--istanbul-o0e.example", "name@xn--istanbul-o0e.example"),
        ("closed-3@account.invalid", "closed-3@account.invalid"),
        ("", ""),
    ],
)
def test_a_domain_is_shown_in_its_own_script_unless_it_passes_for_another(email, read):
    assert shown(email) == read


@pytest.mark.parametrize(
    "typed", ["ann@example.com", "Ann+1@EXAMPLE.com", "ann+b+c@example.com", "a\u200bnn@example.com"]
)
def test_what_comes_to_one_mailbox_is_counted_as_one(typed):
    assert mailbox(typed) == "ann@example.com"
