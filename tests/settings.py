"""Homeroom's settings for the tests of one process: on PostgreSQL where `tests.database` has started one.

They run jobs at once and need no built static files.
"""

import os

import dj_database_url

from project.settings import *
from tests.elsewhere import TABLES

# As the test client asks.
SITE_URL = "http://testserver"

if address := os.environ.get("TEST_DATABASE_URL"):
    DATABASES = {
        "default": {
            **dj_database_url.parse(address, conn_max_age=60),
            "CONN_HEALTH_CHECKS": True,
            # Its tables exist already.
            "TEST": {"TEMPLATE": TABLES},
        }
    }

TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
STORAGES |= {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
