"""Invited people come in once, as what they were invited to; nobody else does."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import invitations, policies
from apps.accounts.invitations import Newcomer
from apps.accounts.models import AuditEntry, Invitation, Role, User
from apps.accounts.outcomes import Guest, Result
from apps.notifications.models import Notification
from tests.accounts.test_sendings import later

LIST, NEW, JOIN = "/accounts/invitations/", "/accounts/invitations/new/", "/accounts/join/"
SITE = "http://testserver"
PASSWORD = "seven quiet herons"
ANSWERS = {"given_name": "Nadia", "family_name": "Newcomer", "password": PASSWORD}
RACE = "tests.accounts.race_invitations"


def invite(actor: User, email: str = "nadia@example.org", role: str = Role.TEACHER) -> Invitation:
    (outcome,) = invitations.send(actor, role, [Guest(email, "Nadia")], SITE)
    assert outcome.result == Result.INVITED
    assert outcome.invitation
    return outcome.invitation


def link() -> str:
    """The path of the link in the newest mail."""
    found = re.search(rf"{SITE}({JOIN}\S+/)", mail.outbox[-1].body)
    assert found
    return found[1]


def token() -> str:
    return link().split("/")[-2]


def sent_long_ago(invitation: Invitation) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    Invitation.objects.filter(pk=invitation.pk).update(sent=hour_ago)


def verbs(invitation: Invitation) -> list[str]:
    return [entry.verb for entry in AuditEntry.objects.filter(thing_id=invitation.pk, verb__startswith="invitation.")]


@pytest.fixture
def at_the_door(cast, client) -> Client:
    """The browser of somebody who has followed the link of an invitation to teach."""
    invite(cast.admin)
    client.get(link())
    return client


# Who may invite whom


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("admin", {"admin", "staff", "teacher", "student"}),
        ("staff", {"teacher", "student"}),
        ("teacher", set()),
        ("amina_user", set()),
        ("outsider", set()),
    ],
)
def test_each_role_invites_to_the_roles_below_it(cast, who, roles):
    actor = getattr(cast, who)
    assert {str(role) for role in policies.roles_to_invite(actor)} == roles
    for role in set(Role.values) - roles:
        with pytest.raises(PermissionDenied):
            invitations.send(actor, role, [Guest("nadia@example.org")], SITE)
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_a_teacher_invites_to_no_role_but_student_even_where_they_may(cast):
    for role in ("admin", "staff", "teacher"):
        with pytest.raises(PermissionDenied):
            invitations.send(cast.teacher, role, [Guest("nadia@example.org")], SITE, taught=True)


def test_who_was_deactivated_invites_nobody(cast):
    cast.admin.is_active = False
    with pytest.raises(PermissionDenied):
        invite(cast.admin)


@pytest.mark.parametrize("role", ["admin", "staff", "owner", ""])
def test_a_role_that_is_not_offered_is_refused_when_posted(cast, client_for, role):
    answer = client_for(cast.staff).post(NEW, {"addresses": "nadia@example.org", "role": role})
    assert answer.status_code == 422
    assert "nadia@example.org" in answer.content.decode()
    assert not Invitation.objects.exists()


# The form, and what it reports


def test_several_addresses_are_reported_row_by_row(cast, client_for):
    invite(cast.admin, "waiting@example.org")
    mail.outbox.clear()
    fine, doubtful = "new@example.org\n\nNora <nora@x.org>", "TARIQ@homeroom.test\nwaiting@example.org\nNew@example.org"
    typed = f"{fine}\n{doubtful}\nnot an address"
    answer = client_for(cast.staff).post(NEW, {"addresses": typed, "role": "teacher"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "2 invitations leave at" in html
    assert later() == 2
    assert sorted(to for message in mail.outbox for to in message.to) == ["new@example.org", "nora@x.org"]
    for said in ("Has an account already", "Has an invitation already", "has an @ in it"):
        assert said in html, said
    # What has to be put right is still there to be put right, and nothing else.
    assert re.search(r"<textarea[^>]*>\s*not an address</textarea>", html)


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(cast, client_for):
    client = client_for(cast.staff)
    assert "Enter an address." in client.post(NEW, {"addresses": " ,;\n", "role": "teacher"}).content.decode()
    many = "\n".join(f"p{number}@example.org" for number in range(invitations.AT_ONCE + 1))
    answer = client.post(NEW, {"addresses": many, "role": "teacher"})
    assert answer.status_code == 422
    assert "at most 500" in answer.content.decode()
    assert "p500@example.org" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_the_same_number_of_queries_invites_two_and_two_hundred(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}  # Sending is a worker's.
    ContentType.objects.get_for_model(Invitation)  # Asked for once in a process.
    counts = []
    for count in (2, 200):
        guests = [Guest(f"p{number}of{count}@example.org") for number in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            invitations.send(cast.admin, Role.TEACHER, guests, SITE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_nobody_sends_without_end(cast, monkeypatch):
    monkeypatch.setitem(invitations.PER_HOUR, Role.STAFF, 3)
    invitations.send(cast.staff, Role.TEACHER, [Guest("a@x.org"), Guest("b@x.org")], SITE)
    with pytest.raises(ValidationError, match="2 invitations within an hour"):
        invitations.send(cast.staff, Role.TEACHER, [Guest("c@x.org"), Guest("d@x.org")], SITE)
    assert len(mail.outbox) == 2
    invitations.send(cast.staff2, Role.TEACHER, [Guest("c@x.org")], SITE)


# The mail


def test_the_mail_says_who_invites_where_to_as_what_and_until_when(cast, settings):
    settings.ACADEMY_NAME = "Lindenhof <Academy>"
    invite(cast.admin, role=Role.STAFF)
    (message,) = mail.outbox
    assert message.subject == "Ada Admin invites you to Lindenhof <Academy>"
    html = next(part.content for part in message.alternatives)
    for text in (message.body, html):
        assert "Ada Admin" in text
        assert "one of its staff" in text
        assert "works once, until" in text
        assert SITE + link() in text
    assert "Lindenhof <Academy>" in message.body
    assert "Lindenhof &lt;Academy&gt;" in html


def test_a_line_break_in_a_name_is_no_header(cast):
    cast.admin.family_name = "Admin\nBcc: everybody@example.org"
    invite(cast.admin)
    assert mail.outbox[0].bcc == []
    assert "\n" not in mail.outbox[0].subject
    mail.outbox[0].message()


def test_the_token_is_in_the_mail_alone(cast, caplog):
    caplog.set_level("DEBUG")
    invitation = invite(cast.admin)
    secret = token()
    assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values())
    assert secret not in str(list(AuditEntry.objects.values()))
    assert secret not in caplog.text
    assert len(secret) >= 43


def test_the_audit_keeps_no_address_and_no_name(cast):
    invitation = invite(cast.admin)
    invitations.accept(token(), Newcomer("Nadia", "Newcomer", PASSWORD))
    entries = AuditEntry.objects.filter(thing_id=invitation.pk, verb__startswith="invitation.")
    assert {entry.verb: entry.detail for entry in entries} == {
        "invitation.sent": {"role": "teacher"},
        "invitation.accepted": {"role": "teacher"},
    }


# Accepting


def test_a_link_is_accepted_with_a_name_and_a_password(cast, at_the_door):
    answer = at_the_door.post(JOIN, ANSWERS)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = User.objects.get(email="nadia@example.org")
    assert (user.full_name, user.role, user.check_password(PASSWORD)) == ("Nadia Newcomer", "teacher", True)
    assert at_the_door.get("/").status_code == 200
    (address,) = EmailAddress.objects.filter(user=user)
    assert (address.email, address.verified, address.primary) == ("nadia@example.org", True, True)
    invitation = Invitation.objects.get(user=user)
    assert invitation.state == "accepted"
    assert verbs(invitation) == ["invitation.accepted", "invitation.sent"]


def test_who_invited_is_told_once_that_it_was_accepted_and_nobody_else(cast, at_the_door, published):
    published.clear()
    with published():
        at_the_door.post(JOIN, ANSWERS)
        at_the_door.post(JOIN, ANSWERS)
    assert published.bells == {f"user-{cast.admin.pk}": [""]}
    [notice] = Notification.objects.filter(kind="invitation")
    assert (notice.recipient, notice.actor) == (cast.admin, User.objects.get(email="nadia@example.org"))
    assert "nadia@example.org" not in notice.title


def test_a_staff_member_is_asked_for_the_second_factor_of_the_role(cast, client):
    invite(cast.admin, role=Role.STAFF)
    client.get(link())
    answer = client.post(JOIN, ANSWERS)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/code/confirm/"
    assert client.get("/").status_code == 302
    assert mail.outbox[-1].to == ["nadia@example.org"]
    code = re.search(r"\b[0-9A-Z]{3,}-?[0-9A-Z]{3,}\b", mail.outbox[-1].body)
    assert code
    assert client.post(answer.headers["Location"], {"code": code[0]}, follow=True).redirect_chain[-1][0] in (
        "/",
        "/accounts/2fa/trust/",
    )


def test_the_token_leaves_the_address_at_once(cast, client):
    invite(cast.admin)
    answer = client.get(link())
    assert (answer.status_code, answer.headers["Location"]) == (302, JOIN)
    page = client.get(JOIN)
    assert token() not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_to_look_at_a_link_uses_nothing_up(cast, client):
    invite(cast.admin)
    for _ in range(3):
        for method in ("get", "head"):
            assert getattr(Client(), method)(link(), follow=True).status_code == 200
    client.get(link())
    assert client.post(JOIN, ANSWERS).status_code == 302


def test_the_page_asks_for_a_name_and_a_password_and_knows_the_rest(cast, at_the_door):
    html = at_the_door.get(JOIN).content.decode()
    asked = set(re.findall(r'<input[^>]*name="(\w+)"', html)) - {"csrfmiddlewaretoken"}
    assert asked == {"email", "given_name", "family_name", "password"}
    assert 'value="Nadia"' in html
    assert re.search(r'<input type="email"[^>]*value="nadia@example.org"[^>]*readonly', html)


def test_what_else_is_posted_changes_nothing(cast, at_the_door):
    more = {"role": "admin", "email": "other@example.org", "password_only": "on", "is_active": "", "user": "1"}
    at_the_door.post(JOIN, ANSWERS | more)
    user = User.objects.get(email="nadia@example.org")
    assert (user.role, user.password_only, user.is_active) == ("teacher", False, True)
    assert not User.objects.filter(email="other@example.org").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"given_name": "  "}, "Enter your name."),
        ({"password": ""}, "Choose a password."),
        ({"password": "12345678"}, "too common"),
        ({"password": "newcomer99"}, "too similar"),
        ({"given_name": "Na\x07dia"}, "t be shown"),
        ({"given_name": "N" * 101}, "at most 100 characters"),
    ],
)
def test_bad_input_is_told_at_its_field_and_keeps_the_rest(cast, at_the_door, change, said):
    answer = at_the_door.post(JOIN, ANSWERS | change)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert 'value="Newcomer"' in html
    assert not re.search(r'type="password"[^>]*value=', html)
    assert not User.objects.filter(email="nadia@example.org").exists()
    assert Invitation.objects.get().state == "pending"


def dead_links(cast) -> dict[str, str]:
    """A link of each kind that leads nowhere."""
    links = {"wrong": f"{JOIN}{'x' * 43}/", "odd": f"{JOIN}%00/"}
    for name in ("expired", "revoked", "used", "replaced"):
        invitation = invite(cast.admin, f"{name}@example.org")
        links[name] = link()
        sent_long_ago(invitation)
        match name:
            case "expired":
                Invitation.objects.filter(pk=invitation.pk).update(expires=timezone.now())
            case "revoked":
                invitations.revoke(cast.admin, invitation)
            case "used":
                invitations.accept(token(), Newcomer("Nadia", "", PASSWORD))
            case "replaced":
                invitations.resend(cast.admin, invitation, SITE)
    return links


def test_every_dead_link_gets_the_same_answer(cast):
    def tell(path: str) -> tuple[int, str]:
        answer = Client().get(path, follow=True)
        return answer.status_code, re.sub(r'csrf\w+" value="\w+', "", answer.content.decode())

    answers = {name: tell(path) for name, path in dead_links(cast).items()}
    assert len(set(answers.values())) == 1, answers
    status, html = answers["wrong"]
    assert status == 404
    assert "t be used" in html
    assert "send the invitation again" in html


@pytest.mark.parametrize("name", ["revoked", "expired"])
def test_an_invitation_that_ends_while_its_page_is_open_makes_no_account(cast, at_the_door, name):
    invitation = Invitation.objects.get()
    if name == "revoked":
        invitations.revoke(cast.admin, invitation)
    else:
        Invitation.objects.filter(pk=invitation.pk).update(expires=timezone.now())
    answer = at_the_door.post(JOIN, ANSWERS)
    assert answer.status_code == 404
    assert not User.objects.filter(email="nadia@example.org").exists()


def test_an_account_made_meanwhile_is_told_to_who_holds_the_link(cast, at_the_door):
    User.objects.create_user("Nadia@Example.org", PASSWORD, given_name="Nadia", role=Role.TEACHER)
    for answer in (at_the_door.get(JOIN), at_the_door.post(JOIN, ANSWERS)):
        assert answer.status_code == 409
        assert "There is an account with this e-mail address already" in answer.content.decode()
    assert Invitation.objects.get().state == "pending"


def test_who_is_signed_in_as_another_chooses(cast, client_for):
    invite(cast.admin)
    client = client_for(cast.amina_user)
    page = client.get(link(), follow=True).content.decode()
    assert "You are signed in as <strong><bdi>Amina Diallo" in page
    assert client.post(JOIN, ANSWERS).status_code == 200
    assert not User.objects.filter(email="nadia@example.org").exists()
    assert client.get("/").status_code == 200  # Still Amina.
    assert client.post(f"{JOIN}leave/").headers["Location"] == JOIN
    assert client.get("/").status_code == 302
    assert client.post(JOIN, ANSWERS).headers["Location"] == "/"
    assert client.get("/").context["user"].email == "nadia@example.org"


def test_the_session_is_another_one_after_accepting(cast, at_the_door):
    before = at_the_door.cookies["sessionid"].value
    at_the_door.post(JOIN, ANSWERS)
    assert at_the_door.cookies["sessionid"].value != before
    assert "invitation" not in at_the_door.session


def test_with_a_passkey_the_account_has_no_password_and_is_led_to_add_one(cast):
    client = Client(headers={"host": "localhost"})
    invite(cast.admin)
    client.get(link())
    assert "Use a passkey" in client.get(JOIN).content.decode()
    answer = client.post(JOIN, {"given_name": "Nadia", "with": "passkey"})
    user = User.objects.get(email="nadia@example.org")
    assert not user.has_usable_password()
    assert answer.headers["Location"].startswith("/accounts/2fa/webauthn/add/")
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200  # Not asked again who they are: they came by their mail a moment ago.
    assert "/accounts/password/set/" in page.content.decode()


def test_where_no_passkey_can_be_made_none_is_offered_or_taken(cast):
    client = Client(headers={"host": "127.0.0.1"})
    invite(cast.admin)
    client.get(link())
    assert "passkey" not in client.get(JOIN).content.decode()
    answer = client.post(JOIN, {"given_name": "Nadia", "with": "passkey"})
    assert "Choose a password." in answer.content.decode()
    assert not User.objects.filter(email="nadia@example.org").exists()


# The list


def test_staff_see_all_invitations_and_a_teacher_those_they_sent(cast, client_for):
    invite(cast.admin, "one@example.org", Role.STAFF)
    (outcome,) = invitations.send(cast.teacher, Role.STUDENT, [Guest("two@example.org")], SITE, taught=True)
    seen = {
        who: [email for email in ("one@", "two@") if email in client_for(getattr(cast, who)).get(LIST).content.decode()]
        for who in ("admin", "staff", "teacher", "teacher2")
    }
    assert seen == {"admin": ["one@", "two@"], "staff": ["one@", "two@"], "teacher": ["two@"], "teacher2": []}
    assert client_for(cast.amina_user).get(LIST).status_code == 404
    for who in ("teacher2", "amina_user"):
        for verb in ("sending", "revocation"):
            assert client_for(getattr(cast, who)).post(f"{LIST}{outcome.invitation.pk}/{verb}/").status_code == 404


def test_staff_change_no_invitation_of_staff_and_admins(cast, client_for):
    invitation = invite(cast.admin, role=Role.ADMIN)
    sent_long_ago(invitation)
    client = client_for(cast.staff)
    assert "Revoke the invitation" not in client.get(LIST).content.decode()
    for verb in ("sending", "revocation"):
        assert client.post(f"{LIST}{invitation.pk}/{verb}/").status_code == 403
    for action in (
        lambda: invitations.revoke(cast.staff, invitation),
        lambda: invitations.resend(cast.staff, invitation, SITE),
    ):
        with pytest.raises(PermissionDenied):
            action()
    invitation.refresh_from_db()
    assert (invitation.state, invitation.times_sent) == ("pending", 1)


def test_the_list_is_filtered_by_state_and_searched(cast, client_for):
    dead_links(cast)
    invite(cast.admin, "zoe@example.org")
    client = client_for(cast.staff)

    def emails(query: str) -> list[str]:
        return sorted(set(re.findall(r"[a-z]+@example\.org", client.get(LIST + query).content.decode())))

    assert emails("?state=pending") == ["replaced@example.org", "zoe@example.org"]
    assert emails("?state=expired") == ["expired@example.org"]
    assert emails("?state=revoked") == ["revoked@example.org"]
    assert emails("?state=accepted") == ["used@example.org"]
    assert emails("?q=zoe") == ["zoe@example.org"]
    assert emails("?q=nadia") == emails("") == emails("?state=nonsense&page=99999999999999999999")
    assert "No invitation matches" in client.get(f"{LIST}?q=%00nobody").content.decode()


def test_the_list_asks_no_more_for_fifty_rows_than_for_two(cast, client_for):
    client = client_for(cast.admin)
    client.get(LIST)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    for actor in (cast.admin, cast.staff):
        invite(actor, f"{actor.pk}@example.org")
    few = queries()
    for actor in (cast.admin, cast.staff):
        invitations.send(actor, Role.TEACHER, [Guest(f"{actor.pk}x{n}@example.org") for n in range(40)], SITE)
    assert queries() == few <= 15
    assert client.get(f"{LIST}?page=2").content.decode().count("<tr id=") == 32


def test_sending_again_ends_the_link_before_and_lasts_anew(cast, client_for, settings):
    invitation = invite(cast.admin)
    first = link()
    client = client_for(cast.staff)
    url = f"{LIST}{invitation.pk}/sending/"
    answer = client.post(url, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "a moment ago" in answer.content.decode()
    sent_long_ago(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(expires=timezone.now())
    answer = client.post(url, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert f'id="invitation-{invitation.pk}-row"' in answer.content.decode()
    assert "2 times" in answer.content.decode()
    invitation.refresh_from_db()
    assert invitation.expires > timezone.now() + timedelta(days=settings.INVITATION_DAYS, minutes=-1)
    assert Client().get(first).status_code == 404
    assert Client().get(link(), follow=True).status_code == 200
    assert verbs(invitation) == ["invitation.resent", "invitation.sent"]


def test_revoking_ends_it_and_another_may_be_sent(cast, client_for):
    invitation = invite(cast.admin)
    url = f"{LIST}{invitation.pk}/revocation/"
    client = client_for(cast.staff)
    assert client.post(url).headers["Location"] == LIST
    assert client.get(url).status_code == 405
    answer = client.post(url, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "was revoked meanwhile" in answer.content.decode()
    assert verbs(invitation) == ["invitation.revoked", "invitation.sent"]
    assert invite(cast.admin).pk != invitation.pk


def test_an_expired_one_makes_place_for_another(cast):
    old = invite(cast.admin)
    Invitation.objects.filter(pk=old.pk).update(expires=timezone.now())
    assert invite(cast.staff).pk != old.pk
    assert Invitation.objects.unfinished().count() == 1
    assert verbs(old) == ["invitation.revoked", "invitation.sent"]


def test_what_was_accepted_is_neither_sent_again_nor_revoked(cast):
    invitation = invite(cast.admin)
    invitations.accept(token(), Newcomer("Nadia", "", PASSWORD))
    sent_long_ago(invitation)
    for action in (
        lambda: invitations.revoke(cast.admin, invitation),
        lambda: invitations.resend(cast.admin, invitation, SITE),
    ):
        with pytest.raises(ValidationError, match="accepted meanwhile"):
            action()


# At the same moment


def test_two_clicks_and_two_tabs_make_one_account(elsewhere):
    *heard, users = elsewhere(RACE, "accept", "4")
    assert sorted(heard) == ["Gone", "Gone", "Gone", "made"]
    assert users == "1"


def test_accepting_and_revoking_exclude_each_other(elsewhere):
    accepted, revoked, users, state = elsewhere(RACE, "accept_and_revoke")
    assert (accepted, revoked, users, state) in {
        ("made", "refused", "1", "accepted"),
        ("Gone", "revoked", "0", "revoked"),
    }


def test_several_who_invite_one_address_send_one_invitation(elsewhere):
    *heard, count = elsewhere(RACE, "send", "4")
    assert sorted(heard) == ["invited", "pending", "pending", "pending"]
    assert count == "1"
