"""A form takes the fields that it shows, from whoever may set them; whatever else is posted changes nothing."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.forms import BaseForm

from apps.accounts.models import Invitation, User
from apps.notifications.models import Notification, Preference, Schedule, Way
from apps.students.models import Student
from tests.attacks.routes import routes
from tests.attacks.visits import Visitor
from tests.conftest import Cast

HOSTILE = {
    "role": "admin",
    "is_active": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "password_only": "on",
    "password": "pbkdf2_sha256$1$a$b",
    "groups": "1",
    "user_permissions": "1",
    "era": "7",
    "closed": "2026-01-01",
    "last_login": "2026-01-01",
    "date_joined": "2001-01-01",
    "email": "evil@home.test",
    "pk": "1",
    "id": "1",
    "verified": "on",
    "primary": "on",
}
# What decides who somebody is and what they may do.
FACTS = ("pk", "email", "role", "is_active", "password_only", "password", "closed", "date_joined")


def rights() -> dict[str, Any]:
    """Of everybody."""
    return {
        "people": list(User.objects.order_by("pk").values(*FACTS)),
        "groups": list(User.groups.through.objects.values()),
        "permissions": list(User.user_permissions.through.objects.values()),
        "addresses": list(EmailAddress.objects.filter(verified=True).order_by("pk").values("user", "email", "primary")),
        "records": list(Student.objects.order_by("pk").values("pk", "user")),
        "invitations": list(Invitation.objects.filter(role__in=["admin", "staff"]).values()),
    }


def fields_of_pages(visitor: Visitor, path: str) -> dict[str, Any]:
    """What the forms of a page would send as they are: what is hostile then comes with a form that is in order."""
    answer = visitor.ask("GET", path)
    sent: dict[str, Any] = {}
    for context in answer.context or []:
        for value in context.flatten().values() if hasattr(context, "flatten") else []:
            if isinstance(value, BaseForm):
                for name in value.fields:
                    sent[name] = value[name].value()
    return {name: value for name, value in sent.items() if value not in (None, "", False)}


def numbers(cast: Cast, user: User, path: str) -> set[int]:
    """Of whom or what an address may be: one's own and others', by its beginning."""
    kinds = {
        "/students/": {cast.amina.pk},
        "/conversations/": {cast.amina.conversation_id},
        "/batches/": {cast.batch.pk},
        "/courses/": {cast.course.pk, cast.batch.pk},
        # Nobody gets into the admin here, whatever the number.
        "/admin/": {1},
    }
    return next((found for kind, found in kinds.items() if path.startswith(kind)), {user.pk, cast.admin.pk})


def numbered(path: str, number: int) -> str:
    return path.replace("/1/", f"/{number}/")


@pytest.mark.parametrize("who", ["amina_user", "teacher", "staff"])
def test_nobody_gains_by_posting_more_than_a_form_has(cast, client_for, monkeypatch, who):
    """At every address, about themselves and about others, alone and along with what the page's form would send."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    user: User = getattr(cast, who)
    Invitation.objects.create(email="x@home.test", role="student", expires="2099-01-01T00:00Z", invited_by=user)
    visitor = Visitor(client_for(user))
    before, found, taken = rights(), [], 0
    for route in routes():
        if route.path.startswith("/admin/") and who != "staff":
            continue
        for path in {numbered(route.path, number) for number in numbers(cast, user, route.path)}:
            own = fields_of_pages(visitor, path)
            for fields in [{}, own] if own else [{}]:
                sent = fields | HOSTILE | {"user": user.pk, "invited_by": user.pk}
                with visitor.asked("POST", path, sent) as answer:
                    taken += answer.status_code in {200, 201, 204, 302}
                    after = rights() if visitor.wrote else before
                found += [f"{path}: {name}" for name in before if before[name] != after[name]]
    assert sorted(set(found)) == []
    assert taken > 20


def test_a_profile_is_what_its_page_shows(cast: Cast, client_for):
    before = rights()
    client = client_for(cast.amina_user)
    own = {"given_name": "Aminata", "family_name": "D", "phone": "+351 912 345 678", "time_zone": "Europe/Lisbon"}
    for section in ("profile", "region", "appearance", "presence", "photo", "password", ""):
        client.post("/accounts/settings/", own | HOSTILE | {"section": section, "photo": "photos/x", "user": "1"})
    now = User.objects.get(pk=cast.amina_user.pk)
    assert (now.given_name, now.time_zone) == ("Aminata", "Europe/Lisbon")
    assert rights() == before
    assert not now.photo
    assert now.date_joined == cast.amina_user.date_joined


def test_what_one_wants_to_be_told_of_is_chosen_for_oneself(cast: Cast, client_for):
    """Along with what is in order comes whatever decides whose it is and what they may do."""
    for other in (cast.admin, cast.teacher):
        Preference.objects.create(user=other, kind="message", way=Way.DIGEST, wanted=True)
        Schedule.objects.create(user=other, digest_hour=5)

    def of_others() -> list[Any]:
        models = (Preference, Schedule, Notification)
        owners = ("user", "user", "recipient")
        return [
            list(model._default_manager.exclude(**{owner: cast.amina_user}).order_by("pk").values())
            for model, owner in zip(models, owners, strict=True)
        ]

    before, others = rights(), of_others()
    hostile = HOSTILE | {"recipient": cast.admin.pk, "user_id": cast.admin.pk, "wanted": "on", "kind": "security"}
    client = client_for(cast.amina_user)
    times = {"digest": "weekly", "digest_day": "4", "digest_hour": "16", "quiet_from": "22:00", "quiet_until": "07:00"}
    for whose in (cast.admin.pk, cast.teacher.pk):
        for fields in ({"section": "ways", "way": "message.page"}, {"section": "schedule", **times}):
            path = f"/notifications/preferences/?user={whose}"
            assert client.post(path, fields | hostile | {"user": whose}).status_code == 302
    # Her own were taken.
    assert Preference.objects.filter(user=cast.amina_user, kind="message", way=Way.EMAIL, wanted=False).exists()
    assert Schedule.objects.get(user=cast.amina_user).digest_hour == 16
    assert (rights(), of_others()) == (before, others)


@pytest.mark.parametrize("whose", ["staff", "staff2", "admin", "amina_user"])
def test_who_may_change_people_in_the_admin_makes_nobody_an_admin_and_sets_no_password(cast, client_for, whose):
    names = ["change_user", "view_user", "add_user", "delete_user", "change_group", "view_group"]
    cast.staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    before = rights()
    user = getattr(cast, whose)
    client = client_for(cast.staff)
    path = f"/admin/accounts/user/{user.pk}/change/"
    sent = fields_of_pages(Visitor(client), path) | HOSTILE | {"given_name": "Changed", "email": user.email}
    client.post(path, sent)
    client.post("/admin/accounts/user/add/", sent | {"email": "second@home.test", "password1": "seven wild horses"})
    # The form was in order: what stood in its own fields is taken, of whom staff may change.
    assert User.objects.get(pk=user.pk).given_name == ("Changed" if whose == "amina_user" else user.given_name)
    after = rights()
    assert [row for row in after["people"] if row["role"] == "admin"] == [
        row for row in before["people"] if row["role"] == "admin"
    ]
    assert after["permissions"] == before["permissions"]
    assert after["groups"] == before["groups"]
    assert [row["password"] for row in after["people"]][: len(before["people"])] == [
        row["password"] for row in before["people"]
    ]
