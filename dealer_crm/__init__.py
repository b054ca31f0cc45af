"""The roof: settings, addresses, the queue. It composes the floors and owns no rule."""

from .celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
