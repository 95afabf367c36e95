"""The program `s2i`, for what calls it: the options of the real one, and our driver.

usage: s2i_program.py version | build SOURCE BUILDER TAG [OPTIONS]
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from containers import s2i
from containers.docker import Docker, Failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="s2i")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("version")
    build = commands.add_parser("build")
    for name in ("source", "builder", "tag"):
        build.add_argument(name)
    for flag in ("--copy", "--incremental"):
        build.add_argument(flag, action="store_true")
    for option in ("--network", "--runtime-image", "--pull-policy"):
        build.add_argument(option)
    for option in ("--env", "--inject"):
        build.add_argument(option, action="append", default=[])
    words = parser.parse_args()
    if words.command == "version":
        print("s2i v1.3.9")
        return 0
    return run(words)


def run(words: argparse.Namespace) -> int:
    injections = [text.rpartition(":") for text in words.inject]
    order = s2i.Order(
        Path(words.source),
        words.builder,
        words.tag,
        tuple(words.env),
        copy=words.copy,
        incremental=words.incremental,
        runtime_image=words.runtime_image or "",
        injections=tuple((Path(source), target) for source, _, target in injections),
        network=words.network or "bridge",
    )
    try:
        print(s2i.build(Docker(os.environ["DOCKER_HOST"]), order))
    except Failed as error:
        print(error, file=sys.stderr)
        return error.status
    return 0


sys.exit(main())
