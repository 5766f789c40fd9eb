"""What people set for themselves is saved where it stands, with a script and without, and nothing else is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEntry, User
from apps.accounts.own_settings import change_settings
from apps.accounts.region import find_zone, zones

URL = "/accounts/settings/"
HTMX = {"HX-Request": "true"}
# A whole form, as a browser sends it.
WHOLE = {
    "profile": {"given_name": "Amina", "family_name": "Diallo", "phone": ""},
    "region": {"time_zone": "", "locale": ""},
    "appearance": {"theme": ""},
    "presence": {},
}


def post(client, section, headers=HTMX, **changed):
    return client.post(URL, {"section": section, **WHOLE.get(section, {}), **changed}, headers=headers)


@pytest.fixture
def amina(cast, client_for):
    return client_for(cast.amina_user)


def test_everyone_has_the_page_and_the_menu_leads_there(cast, client_for):
    for user in (cast.admin, cast.staff, cast.teacher, cast.amina_user, cast.outsider):
        client = client_for(user)
        assert f'href="{URL}"' in client.get("/").content.decode()
        page = client.get(URL).content.decode()
        assert all(f'id="settings-{section}"' in page for section in [*WHOLE, "photo"])


@pytest.mark.parametrize(
    ("section", "changed"),
    [
        ("profile", {"given_name": "Aminata", "family_name": "", "phone": "+351 912 345 678"}),
        ("region", {"time_zone": "Europe/Lisbon", "locale": "pt-PT"}),
        ("appearance", {"theme": "dark"}),
        ("presence", {"hides_presence": True, "hides_reading": True}),
    ],
)
@pytest.mark.parametrize("script", [True, False])
def test_a_section_is_saved_in_place_and_without_script(cast, amina, section, changed, script):
    answer = post(amina, section, HTMX if script else {}, **changed)
    if script:
        html = answer.content.decode()
        assert "Saved" in html
        assert "<html" not in html
    else:
        assert (answer.status_code, answer.headers["Location"]) == (302, URL)
        assert "Saved" in amina.get(URL).content.decode()
    cast.amina_user.refresh_from_db()
    assert {name: getattr(cast.amina_user, name) for name in changed} == changed
    entry = AuditEntry.objects.get(verb="settings.changed")
    assert (entry.actor, entry.thing, entry.detail) == (cast.amina_user, cast.amina_user, {"fields": sorted(changed)})


def test_a_choice_is_taken_back_by_leaving_it_out(cast, amina):
    User.objects.filter(pk=cast.amina_user.pk).update(
        hides_presence=True, theme="dark", time_zone="Asia/Tokyo", locale="ja"
    )
    for section in ("presence", "appearance", "region"):
        post(amina, section)
    cast.amina_user.refresh_from_db()
    user = cast.amina_user
    assert (user.hides_presence, user.theme, user.time_zone, user.locale) == (False, "", "", "")


def test_what_is_saved_as_it_was_leaves_no_entry(amina):
    assert post(amina, "profile").status_code == 200
    assert not AuditEntry.objects.filter(verb="settings.changed").exists()


@pytest.mark.parametrize(
    ("section", "changed", "said"),
    [
        ("profile", {"given_name": " \t"}, "Enter your given name."),
        ("profile", {"given_name": "x" * 101}, "at most 100 characters"),
        ("profile", {"family_name": "a\x07b"}, "a character that can&#x27;t be shown"),
        ("profile", {"phone": "call me maybe"}, "Enter a phone number, such as +351"),
        ("profile", {"phone": "123"}, "Enter a phone number, such as +351"),
        ("profile", {"phone": "<script>alert(1)</script>"}, "Enter a phone number, such as +351"),
        ("region", {"time_zone": "Mars/Olympus"}, "There is no such time zone."),
        ("region", {"locale": "tlh"}, "Choose one of the languages"),
        ("region", {"locale": "../../etc"}, "Choose one of the languages"),
        ("appearance", {"theme": "pink"}, "Choose one of the three."),
    ],
)
@pytest.mark.parametrize("script", [True, False])
def test_a_bad_value_has_a_sentence_at_its_field_and_is_kept(cast, amina, section, changed, said, script):
    answer = post(amina, section, HTMX if script else {}, **changed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert ("<html" in html) is not script
    [(name, typed)] = changed.items()
    if name not in {"locale", "theme"} and typed.strip() and typed.isprintable():
        assert typed.replace("<", "&lt;").replace(">", "&gt;") in html
    before = getattr(cast.amina_user, name)
    cast.amina_user.refresh_from_db()
    assert getattr(cast.amina_user, name) == before
    # The corner of the page still has the name that counts.
    assert script or "Amina Diallo, your account" in html


@pytest.mark.parametrize(
    "phone", ["+351 912 345 678", "(020) 7946-0018", "089/123 45 ext. 6", "01.23.45.67.89", "112 33"]
)
def test_numbers_are_written_as_people_write_them(cast, amina, phone):
    assert post(amina, "profile", phone=f" {phone} ").status_code == 200
    cast.amina_user.refresh_from_db()
    assert cast.amina_user.phone == phone


@pytest.mark.parametrize("section", [*WHOLE, "zone"])
def test_nothing_else_can_be_changed_there(cast, amina, section):
    """Mass assignment: whatever else is in the form stays what it was."""
    fixed = {
        "role": "admin",
        "email": "a@b.c",
        "is_active": "",
        "password": "x",
        "password_only": "on",
        "closed": "2026-01-01",
        "photo": "photos/../homeroom.sqlite3",
        "groups": "1",
        "is_superuser": "on",
        "pk": cast.admin.pk,
        "id": cast.admin.pk,
        "user": cast.admin.pk,
    }
    names = ("role", "email", "is_active", "password", "password_only", "closed", "photo")
    before = [getattr(cast.amina_user, name) for name in names]
    post(amina, section, **fixed)
    cast.amina_user.refresh_from_db()
    assert [getattr(cast.amina_user, name) for name in names] == before
    cast.admin.refresh_from_db()
    assert (cast.admin.given_name, cast.admin.time_zone) == ("Ada", "")


@pytest.mark.parametrize("name", ["role", "email", "is_active", "password", "password_only", "photo", "last_seen"])
def test_the_action_itself_changes_nothing_else(cast, name):
    with pytest.raises(Exception, match="can't be changed here"):
        change_settings(cast.amina_user, **{name: "admin"})


def test_the_clock_of_the_device_is_taken_alone(cast, amina):
    User.objects.filter(pk=cast.amina_user.pk).update(locale="ja")
    assert post(amina, "zone", time_zone="Asia/Calcutta").status_code == 200
    cast.amina_user.refresh_from_db()
    assert (cast.amina_user.time_zone, cast.amina_user.locale) == ("Asia/Calcutta", "ja")
    assert post(amina, "zone", time_zone="Nowhere/Land").status_code == 422


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Lisbon", "Europe/Lisbon"),
        ("europe/lisbon", "Europe/Lisbon"),
        ("  Lisbon ", "Europe/Lisbon"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("Atlantis", ""),
        ("../../etc/passwd", ""),
        ("", ""),
    ],
)
def test_a_zone_is_found_by_its_city(typed, zone):
    assert find_zone(typed) == zone


def test_every_zone_on_offer_can_be_chosen():
    offered = [zone.name for zone in zones()]
    assert len(offered) > 300
    assert len(set(offered)) == len(offered)
    assert [name for name in offered if find_zone(name) != name] == []


def test_the_answer_is_written_as_it_will_be(amina):
    html = post(amina, "region", locale="de").content.decode()
    assert "1.250,00 EUR" in html
    html = post(amina, "region", locale="en-US").content.decode()
    assert "1,250.00 EUR" in html


@pytest.mark.parametrize(("theme", "worn"), [("dark", "homeroom-dark"), ("light", "homeroom"), ("", None)])
def test_a_page_wears_the_theme_from_its_first_byte(cast, client_for, theme, worn):
    User.objects.filter(pk=cast.staff.pk).update(theme=theme)
    for path in ("/", "/students/", URL, "/nowhere"):
        page = client_for(cast.staff).get(path).content.decode()
        start = page[: page.index("<head>")]
        assert (f'data-theme="{worn}"' in start) if worn else ("data-theme" not in start), path
        assert f'<meta name="color-scheme" content="{theme or "light dark"}">' in page


def test_a_new_name_is_shown_in_the_corner_at_once(amina):
    html = post(amina, "profile", given_name="Aminata").content.decode()
    assert '<hx-partial hx-target="#user-button"' in html
    assert "Aminata Diallo, your account" in html


def test_no_such_section_is_not_found(amina):
    for section in ("", "role", "photo", "__class__"):
        assert amina.post(URL, {"section": section}).status_code == 404


def test_where_presence_was_set_before_leads_there_for_good(amina):
    answer = amina.get("/accounts/privacy/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{URL}#presence")
    assert amina.post("/accounts/privacy/").status_code == 405


def test_the_page_asks_little(amina):
    with CaptureQueriesContext(connection) as queries:
        amina.get(URL)
    assert len(queries) <= 6
