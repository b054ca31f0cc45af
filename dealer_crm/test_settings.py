"""The settings of the test suite: cheap passwords, nothing shared between processes by accident."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789" * 4)
os.environ["HTTPS"] = os.environ["SSL_REDIRECT"] = os.environ["DEBUG"] = "0"

from .settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False  # the lockout tests turn it on
# The flush after a test with real transactions would hit the triggers of the event log.
INSTALL_TRIGGERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if ON_POSTGRESQL:
    # Nothing of a test outlives it: no commit waits for the disk.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
CELERY_TASK_ALWAYS_EAGER = True  # no test leaves a message for a worker
DEALER_NOW = ""
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # else whitenoise warns
if REDIS_URL:
    # Test processes that run side by side share one Redis: each has keys of its own.
    CACHES["default"]["KEY_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
