"""Where pip finds packages: what this machine's pip is told, a container's is told too."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

INSIDE = "/etc/ssl/certs/ca-certificates.crt"
"""Where the base image has its authorities."""
_LISTS = ("extra-index-url", "trusted-host")
_ONE = ("index-url", "proxy", "timeout", "default-timeout")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@functools.cache
def _settings() -> dict[str, str]:
    """Return pip's settings on this machine by name; the environment's come before files'."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, str] = {}
    for line in listed.splitlines():
        section, _, value = line.partition("=")
        scope, name = section.rsplit(".", 1)
        if name not in found or scope == ":env:":
            found[name] = value.strip("'\"")
    return found


def variables() -> dict[str, str]:
    """Return the environment of a container's pip; folders of this machine are not reached."""
    settings = _settings()
    found = {name: settings[name] for name in _ONE if name in settings}
    for name in _LISTS:
        words = settings.get(name, "").replace("\\n", " ").split()
        reached = [word for word in words if not word.startswith("file:")]
        if reached:
            found[name] = " ".join(reached)
    found["cert"] = INSIDE
    return {f"PIP_{name.replace('-', '_').upper()}": value for name, value in found.items()}


def authorities() -> Path:
    """Return the file with the certificates of authorities that this machine's pip trusts."""
    return Path(_settings().get("cert", INSIDE))


def network() -> str:
    """Return the network of a build: the machine's own where its index listens on loopback."""
    index = urlsplit(_settings().get("index-url", "")).hostname
    return "host" if index in _LOOPBACK else "bridge"
