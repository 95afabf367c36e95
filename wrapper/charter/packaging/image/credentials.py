"""Which variables look as if they held a secret; what s2i is given by -e stays in the image."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(
    r"(^|_)(PASS|SECRETS?|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)"
    r"|PASSWORD|PASSWD|_PWD$",  # PGPASSWORD, MYSQL_PWD; PWD is a shell's own
    re.IGNORECASE,
)
SECRET_VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|\bsk-[\w-]{20,}|hf_\w{30,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}|-----BEGIN |://[^/\s:@]+:[^/\s@]+@"
)
"""What keys and passwords look like: of AWS, GitHub, GitLab, Slack, Hugging Face, JWT, in URLs."""
_SWITCHES = frozenset({"", "0", "1", "true", "false"})


def suspicious(variables: Mapping[str, str]) -> list[str]:
    """Return the names of variables that look like credentials, in order of the alphabet.

    A name is judged by its words, a value by what keys look like; a value that is empty, or turns
    something on or off, is none.
    """
    return sorted(
        name
        for name, value in variables.items()
        if SECRET_VALUE.search(value) or (_NAME.search(name) and value.lower() not in _SWITCHES)
    )
