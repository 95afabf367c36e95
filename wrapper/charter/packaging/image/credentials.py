"""Which variables look as if they held a secret; what s2i is given by -e stays in the image."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(
    r"(^|_)(PASS|SECRETS?|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)"
    r"|PASSWORD|PASSWD|_PWD$",  # PGPASSWORD, MYSQL_PWD; PWD is a shell's own
    re.IGNORECASE,
)
# A user and a password in a URL, as those of private indexes have.
_IN_URL = re.compile(r"://[^/@\s:]+:[^/@\s]+@")


def suspicious(variables: Mapping[str, str]) -> list[str]:
    """Return the names of variables that look like credentials, in order of the alphabet.

    A name is judged by its words, a value only by a password in a URL; empty values are none.
    """
    return sorted(
        name
        for name, value in variables.items()
        if value and (_NAME.search(name) or _IN_URL.search(value))
    )
