"""Backups: one file that holds everything a store needs to come back (RELIABILITY 71, 74-76).

`take` writes it, `verify` restores it beside the store's own database, `restore` puts it in its place.
"""

from .restoring import restore, verify
from .taking import take

__all__ = ["restore", "take", "verify"]
