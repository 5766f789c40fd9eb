"""A list of the admin is filtered by what it offers: no field beside it can be asked for letter by letter."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts import admin_lookups
from apps.accounts.administration import ActionAdmin
from apps.conversations.actions import open_direct, send_message
from apps.notifications import fanout
from apps.notifications.models import Notification
from tests.factories import ROWS

SITE = admin.site._registry
LOOKUPS = {"": "x", "exact": "x", "regex": "^[0-9a-h]", "startswith": "a", "gt": "1", "isnull": "1", "contains": "1"}
ODD = ["(((", "99999999999999999999999", "a\0b"]
SECRET = [UserSession, Authenticator, EmailAddress]


def of(models):
    return [pytest.param(model, id=model._meta.label) for model in models]


def list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def paths(model, hops=1):
    """The names of a model's fields, and of the fields of what they lead to, backwards too."""
    for field in model._meta.get_fields():
        yield field.name
        if hops and field.is_relation and field.related_model:
            yield from (f"{field.name}__{further}" for further in paths(field.related_model, hops - 1))


@pytest.fixture
def client(cast, client_for):
    return client_for(cast.admin)


def test_every_model_of_the_admin_goes_through_the_base_admin():
    assert {model for model, of_model in SITE.items() if not isinstance(of_model, ActionAdmin)} == set()
    allowing = {
        model for model, of_model in SITE.items() if type(of_model).lookup_allowed is not ActionAdmin.lookup_allowed
    }
    assert allowing == set()


@pytest.mark.parametrize("model", of(SITE))
def test_what_a_list_does_not_offer_it_is_not_filtered_by(client, model):
    request = client.get(list_url(model)).wsgi_request
    own = {"id", model._meta.pk.name, *(name.lstrip("^=@$") for name in SITE[model].get_search_fields(request))}
    filters = SITE[model].get_list_filter(request)
    filtered = {each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each) for each in filters}
    open_to_all = {*own, *(f"{name}__exact" for name in own), *filtered, *(f"{name}__exact" for name in filtered)}
    open_to_all |= {f"{name}__isnull" for name in filtered}
    allowed = {
        lookup
        for path in paths(model)
        for how, value in LOOKUPS.items()
        if SITE[model].lookup_allowed(lookup := f"{path}__{how}" if how else path, value, request)
    }
    assert allowed - open_to_all - {f"{name}__id__exact" for name in filtered} == set()


@pytest.mark.parametrize("model", of(SITE))
def test_a_refused_filter_is_an_answer_and_never_a_failure(client, model):
    asked = [f"{path}__{how}" for path in paths(model, 0) for how in ("regex", "contains")]
    found = {name: client.get(list_url(model), {name: "((("}).status_code for name in asked}
    assert {name: status for name, status in found.items() if status not in {302, 400}} == {}


@pytest.mark.parametrize("model", of(SITE))
def test_whatever_stands_in_an_allowed_filter_is_answered(client, model):
    ROWS[model]()
    request = client.get(list_url(model)).wsgi_request
    names = admin_lookups.allowed(SITE[model], request)
    if hierarchy := SITE[model].date_hierarchy:
        names |= {f"{hierarchy}__{step}" for step in ("year", "month", "day")}
    found = {(name, odd): client.get(list_url(model), {name: odd}).status_code for name in names for odd in ODD}
    assert {asked: status for asked, status in found.items() if status not in {200, 302, 400}} == {}


@pytest.mark.parametrize("model", of(SITE))
def test_each_filter_on_the_page_does_filter(client, model):
    rows = [ROWS[model]() for _ in range(3)]
    listed = client.get(list_url(model)).context["cl"]
    for spec in listed.filter_specs:
        for choice in spec.choices(listed):
            if "query_string" in choice:
                assert client.get(list_url(model) + choice["query_string"]).status_code == 200, choice
    assert client.get(list_url(model), {"pk__exact": rows[0].pk}).status_code == 200


@pytest.mark.parametrize(("step", "status"), [("2026", 200), ("9998", 200), ("9999", 400), ("0", 400), ("x", 400)])
def test_the_days_of_a_list_are_days(client, step, status):
    assert client.get("/admin/courses/batch/", {"start__year": step}).status_code == status


class TestSecrets:
    @pytest.mark.parametrize("model", of(SECRET))
    def test_no_permission_opens_them_to_staff(self, cast, client_for, model):
        cast.staff.user_permissions.set(Permission.objects.all())
        row = ROWS[model]()
        client = client_for(cast.staff)
        for verb in ("changelist", "change", "history", "delete"):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}"
            args = [] if verb == "changelist" else [row.pk]
            assert client.get(reverse(name, args=args)).status_code == 403, verb
        assert list_url(model) not in client.get("/admin/").content.decode()
        assert client.get(list_url(model), {"id__exact": row.pk}).status_code == 403

    @pytest.mark.parametrize("page", ["/admin/auth/group/add/", "user"])
    def test_no_permission_about_them_is_offered_or_taken(self, cast, client, page):
        page = f"/admin/accounts/user/{cast.staff.pk}/change/" if page == "user" else page
        form = client.get(page).context["adminform"].form
        field = form.fields["user_permissions" if "user" in page else "permissions"]
        apps = {permission.content_type.app_label for permission in field.queryset}
        assert not apps & {"usersessions", "mfa", "account", "sessions", "contenttypes", "admin"}
        assert {"students", "courses", "billing"} <= apps
        secret = Permission.objects.get(codename="view_usersession")
        sent = {"name": "Spies", "permissions": [secret.pk]}
        if "group" in page:
            answer = client.post(page, sent)
            assert answer.status_code == 200
            assert not secret.group_set.exists()

    def test_a_session_key_is_not_told_letter_by_letter(self, cast, client_for):
        cast.staff2.user_permissions.set(Permission.objects.all())
        client_for(cast.admin).get("/accounts/sessions/")
        client = client_for(cast.staff2)
        for asked in ("session_key__regex", "session_key__startswith", "session_key", "session_key__gt"):
            answer = client.get(list_url(UserSession), {asked: "a"})
            assert answer.status_code in {400, 403}


class TestBetweenTwo:
    """Who talks with whom directly is theirs: the admin shows it to nobody else, an admin neither."""

    PAGES = ["conversations/conversation", "conversations/participant", "notifications/notification"]
    PAGES += ["notifications/event", "notifications/delivery", "conversations/message"]

    @pytest.fixture
    def talk(self, cast):
        talk = open_direct(cast.teacher, cast.amina_user)
        message = send_message(cast.teacher, talk, "Between us")
        fanout.tell(f"message-{message.pk}")
        assert Notification.objects.filter(recipient=cast.amina_user, event=f"message-{message.pk}").exists()
        return talk

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("who", ["admin", "staff2"])
    def test_a_third_sees_nothing_of_it(self, cast, client_for, talk, page, who):
        cast.staff2.user_permissions.set(Permission.objects.all())
        client = client_for(getattr(cast, who))
        listed = client.get(f"/admin/{page}/").context["cl"].queryset
        model = listed.model
        about = {f"conversation-{talk.pk}"}
        mine = {
            "conversation": lambda rows: rows.filter(pk=talk.pk),
            "participant": lambda rows: rows.filter(conversation=talk),
            "message": lambda rows: rows.filter(conversation=talk),
            "delivery": lambda rows: rows.filter(notification__about__in=about),
        }.get(model._meta.model_name, lambda rows: rows.filter(about__in=about))
        assert mine(model._base_manager.all()).exists()
        assert not mine(listed).exists()
        row = mine(model._base_manager.all()).first()
        assert client.get(f"/admin/{page}/{row.pk}/change/").status_code == 302

    def test_the_rest_is_there_as_before(self, cast, client_for, talk):
        client = client_for(cast.admin)
        message = send_message(cast.staff, cast.amina.conversation, "To all", "everyone")
        fanout.tell(f"message-{message.pk}")
        for page in self.PAGES:
            assert client.get(f"/admin/{page}/").context["cl"].queryset.exists(), page
