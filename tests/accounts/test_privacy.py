"""What others don't see of a person is theirs to say."""

from apps.accounts.models import User

URL = "/accounts/privacy/"


def choices(user: User) -> tuple[bool, bool]:
    user.refresh_from_db()
    return user.hides_presence, user.hides_reading


def test_everyone_has_the_page_and_the_menu_leads_there(cast, client_for):
    for user in (cast.admin, cast.staff, cast.teacher, cast.amina_user, cast.outsider):
        client = client_for(user)
        assert URL in client.get("/").content.decode()
        assert client.get(URL).status_code == 200


def test_a_switch_is_saved_in_place_and_without_script(cast, client_for):
    client = client_for(cast.amina_user)
    answer = client.post(URL, {"hides_presence": "on"}, headers={"HX-Request": "true"})
    assert "Saved" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert choices(cast.amina_user) == (True, False)
    assert client.post(URL, {"hides_reading": "on"}).status_code == 302
    assert choices(cast.amina_user) == (False, True)


def test_nothing_else_can_be_changed_there(cast, client_for):
    client_for(cast.amina_user).post(URL, {"role": "admin", "email": "a@b.c", "is_active": ""})
    cast.amina_user.refresh_from_db()
    assert (cast.amina_user.role, cast.amina_user.email, cast.amina_user.is_active) == (
        "student",
        "amina@homeroom.test",
        True,
    )


def test_it_is_for_who_is_signed_in_and_only_read_or_posted(cast, client, client_for):
    assert client.get(URL).headers["Location"].startswith("/accounts/login/")
    assert client.post(URL, {"hides_reading": "on"}).status_code == 401
    assert client_for(cast.staff).put(URL).status_code == 405
