"""Homeroom's settings for the tests of one process: on PostgreSQL where `tests.database` has started one."""

import os

import dj_database_url

from project.settings import *

# As the test client asks.
SITE_URL = "http://testserver"

if address := os.environ.get("TEST_DATABASE_URL"):
    DATABASES = {"default": {**dj_database_url.parse(address, conn_max_age=60), "CONN_HEALTH_CHECKS": True}}
