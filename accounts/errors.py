"""Refusals that a person is told; each says what to do next."""


class Refused(Exception):
    """A verb said no. `message` is translated text for the reader, `field` the input it is about."""

    def __init__(self, message, *, field: str | None = None):
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """The person may see it but not do this: HTTP 403 (SPEC A55)."""
