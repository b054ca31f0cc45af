"""Static files whose names carry the hash of their content, so that a browser may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Our script modules import each other by hashed names too: no page mixes old and new ones."""

    # Only ours: packages ship modules whose imports lead nowhere here.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (r"""(?P<matched>import ["'](?P<url>\./[^"']+)["'])""", 'import "%(url)s"'),
                (r"""(?P<matched>from ["'](?P<url>\./[^"']+)["'])""", 'from "%(url)s"'),
            ),
        ),
    )
