"""Whether the queue is there; it is a hint only, the database says what is due (DESIGN section 5)."""

import os

import redis
from django.conf import settings

PATIENCE = 1  # second


def queue_is_reachable() -> bool:
    """Redis answers, or the folder of the queue can be written to."""
    if not settings.REDIS_URL:
        return os.access(settings.QUEUE_DIR, os.W_OK)
    server = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
    )
    try:
        return bool(server.ping())
    except redis.RedisError:
        return False
    finally:
        server.close()
