"""Who of those who answer counts as here, and what the person who asks is told of it."""

import re
from collections import OrderedDict
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.utils import timezone

from apps.accounts.models import Role
from apps.support import actions, presence
from tests import factories


def test_staff_with_any_page_open_count_as_here_for_as_long_as_it_is(client_for, db, monkeypatch):
    monkeypatch.setattr("apps.accounts.sessions._seen", OrderedDict())
    staff = factories.user(Role.STAFF, "Mira")
    desk, asker = client_for(staff), client_for(factories.user(Role.STUDENT))
    page = desk.get("/students/").content.decode()
    ((path, minutes),) = re.findall(r'hx-get="(/inbox/unread/)" hx-trigger="every (\d+)m"', page)
    assert timedelta(minutes=int(minutes)) < presence.PRESENT_FOR
    session = factories.session(user=staff, session_key=desk.session.session_key)
    UserSession.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(minutes=6))
    assert 'data-status="open"' in asker.get("/support/?part=status").content.decode()
    assert desk.get(path).status_code == 200
    assert "Mira is here now" in asker.get("/support/?part=status").content.decode()
    # Away is said at once.
    actions.set_away(staff, away=True)
    assert 'data-status="open"' in asker.get("/support/?part=status").content.decode()
