"""Redis as a cache that may be away: what cannot be read is asked of the database (RELIABILITY 13)."""

import logging
from collections.abc import Callable
from functools import wraps

import redis
from django.core.cache.backends.redis import RedisCache

log = logging.getLogger(__name__)


def _forgiving(method: Callable, otherwise: object = None) -> Callable:
    @wraps(method)
    def answer(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except redis.RedisError as error:
            log.warning("the cache is away: %s", type(error).__name__)
            return otherwise

    return answer


class PatientCache(RedisCache):
    """A cache that forgets while its server is away, and never stops a page.

    Sessions and the like stand in the database as well; nothing is kept here alone.
    """

    add = _forgiving(RedisCache.add, False)
    set = _forgiving(RedisCache.set)
    touch = _forgiving(RedisCache.touch, False)
    delete = _forgiving(RedisCache.delete, False)
    has_key = _forgiving(RedisCache.has_key, False)

    def get(self, key, default=None, version=None):
        return _forgiving(super().get, default)(key, default, version)
