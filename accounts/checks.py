"""Refuse to start with secrets that everybody knows: the samples of manuals and the likes of them."""

from django.conf import settings
from django.core.checks import Error, register

KNOWN = ("change", "insecure", "secret", "password", "default", "example", "postgres", "dealer", "redis")
SHORTEST = 16


@register("known_secrets", deploy=True)
def secrets_are_our_own(app_configs, **kwargs) -> list[Error]:
    """One error for each secret that is missing, short or made of a known word."""
    named, database = {"SECRET_KEY": settings.SECRET_KEY}, settings.DATABASES["default"]
    if settings.ON_POSTGRESQL:
        named["the password in DATABASE_URL"] = database.get("PASSWORD") or ""
    if settings.REDIS_URL:
        named["the password in REDIS_URL"] = settings.REDIS_URL.rpartition("@")[0].rpartition(":")[2]
    return [
        Error(f"{name} is {fault}.", hint="sh docker/new-env.sh writes new ones.", id="accounts.E001")
        for name, value in named.items()
        if (fault := fault_of(value))
    ]


def fault_of(secret: str) -> str:
    """What is wrong with a secret, or nothing."""
    if len(secret) < SHORTEST:
        return f"missing or shorter than {SHORTEST} characters"
    if any(word in secret.lower() for word in KNOWN):
        return "one that everybody knows"
    return ""
