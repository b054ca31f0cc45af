"""Every named address of the project, found by walking its URL patterns."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

ARGUMENTS = {
    "form": "walk_in",
    "token": "x" * 32,
    "number": "L-000000-00",
    "pk": 0,
    "key": "protection_days",
    "which": "channel",
    "kind": "signature",
    "step": "needs",
    "code": "thank_you",
    "channel": "sms",
    "language": "en",
}  # where no row is meant


def routes(patterns=None, namespace: str = "") -> Iterator[tuple[str, dict]]:
    """Name and example arguments of each pattern; a pattern without a name is named by its route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            arguments = {name: ARGUMENTS.get(name, 0) for name in pattern.pattern.converters}
            yield f"{namespace}{pattern.name or str(pattern.pattern)}", arguments
