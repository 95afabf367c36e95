"""The folder that `s2i build --as-dockerfile` writes (step 12): for builds without s2i's engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from containers import rules

_SCRIPTS = "/usr/libexec/s2i"
_USER = "1001"


def write(source: Path, builder: str, folder: Path) -> None:
    """Write `Dockerfile` and `upload/src` into a folder; no engine is asked.

    Scripts are taken from where they are by convention, as no label can be read; the CMD is in
    shell form, so that a shell is between the ENTRYPOINT and the program.
    """
    sources = folder / "upload" / "src"
    labels = rules.fetch(source, sources, copy=False)
    own = rules.place_scripts(sources, folder / "upload" / "scripts", None)
    rules.ignore(sources)
    variables = rules.variables(sources, (), ())
    scripts = {
        name: f"/tmp/scripts/{name}" if name in own else f"{_SCRIPTS}/{name}"
        for name in ("assemble", "run")
    }
    lines = [
        f"FROM {builder}",
        f"LABEL {_pairs({**labels, f'{rules.BUILD}image': builder})}",
        *([f"ENV {_pairs(variables)}"] if variables else []),
        *([f"COPY --chown={_USER}:0 upload/scripts /tmp/scripts"] if own else []),
        f"COPY --chown={_USER}:0 upload/src /tmp/src",
        f"USER {_USER}",
        f"RUN {scripts['assemble']}",
        f"CMD {scripts['run']}",
    ]
    (folder / "Dockerfile").write_text("\n".join([*lines, ""]), "utf-8")


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={rules.quoted(value)}" for name, value in values.items())
