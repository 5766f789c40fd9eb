"""Notes on students: who reads which, and who hears of them."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from apps.core.academy_calendar import academy_today
from apps.notifications.models import Notification
from apps.students import actions
from apps.students.models import Sharing, StudentNote
from tests import factories
from tests.doors.house import published_events

DAY = datetime.date(2026, 9, 1)
