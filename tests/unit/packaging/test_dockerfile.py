from __future__ import annotations

import re
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.dockerfile import Recipe, dockerfile, dockerignore, template, write_scripts
from charter.packaging.sources import read

ROOT = Path(__file__).parents[3]
SAME = ("RUN command -v tini", "ENV", "EXPOSE", "HEALTHCHECK", "USER", "ENTRYPOINT")


def text(place: Path, files: dict[str, str], **recipe: str) -> str:
    for name, content in {"Hello.py": "", **files}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content, "utf-8")
    options = {"base": "debian:12", "charter": "0.1.0", **recipe}
    return dockerfile(read(place, {}), Recipe(**options))


def instructions(written: str) -> list[str]:
    """Return the instructions of a Dockerfile, each in one line."""
    lines = [line for line in written.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def stage(written: str, name: str) -> list[str]:
    """Return the instructions of a stage; the last one is named by what it is made from."""
    found = instructions(written)
    start = next(
        i for i, line in enumerate(found) if line.startswith("FROM") and line.endswith(name)
    )
    end = next((i for i in range(start + 1, len(found)) if found[i].startswith("FROM")), len(found))
    return found[start + 1 : end]


def test_the_image_is_that_of_the_builder_of_s2i(tmp_path: Path) -> None:
    ours = stage(text(tmp_path, {}), "AS runtime")
    theirs = stage((ROOT / "s2i" / "Dockerfile").read_text("utf-8"), "AS runtime")

    for word in SAME:
        wanted = [line for line in theirs if line.startswith(word)]
        assert wanted
        assert [line for line in ours if line.startswith(word)] == wanted
    [labels] = [line for line in ours if line.startswith("LABEL")]
    assert any(line.startswith(f"{labels} io.openshift.s2i.") for line in theirs)
    assert 'CMD ["/s2i/bin/run"]' in ours


@pytest.mark.parametrize("name", ["entry", "run"])
def test_a_script_is_that_of_the_builder_of_s2i(tmp_path: Path, name: str) -> None:
    write_scripts(tmp_path)

    file = tmp_path / name
    wanted = (ROOT / "s2i" / "bin" / name).read_bytes()
    assert file.read_bytes() == wanted, "copy it to charter/packaging/templates/image"
    assert file.stat().st_mode & 0o777 == 0o755


def test_requirements_have_a_layer_before_the_sources(tmp_path: Path) -> None:
    build = stage(text(tmp_path, {"requirements.txt": "numpy\n"}), "AS build")

    at = [
        next(i for i, line in enumerate(build) if word in line)
        for word in (
            "charter[fast]==0.1.0",
            'COPY --chown=8888:0 ["requirements.txt"',
            '-r "/tmp/first/requirements.txt"',
            "COPY --chown=8888:0 . /tmp/src/",
            "image assemble",
        )
    ]
    assert at == sorted(at)


def test_files_of_packages_that_do_not_compile_are_no_fault_of_the_model(tmp_path: Path) -> None:
    build = stage(text(tmp_path, {"requirements.txt": "numpy\n"}), "AS build")

    compiled = [line for line in build if "compileall" in line]
    assert len(compiled) == 2
    assert all(line.endswith("/opt/venv/lib || true; }") for line in compiled)


def test_variables_are_in_the_image_and_in_the_build(tmp_path: Path) -> None:
    environment = 'MODEL_NAME=Hello\nA=1 "$x" \\n\nPIP_INDEX_URL=https://example.org/simple\n'

    written = text(tmp_path, {".s2i/environment": environment, "requirements.txt": "numpy"})

    line = r'ENV MODEL_NAME="Hello" A="1 \"\$x\" \\n"'
    assert line in stage(written, "AS build")
    assert line in stage(written, "runtime")[-3:] or line in instructions(written)[-3:]
    build = stage(written, "AS build")
    for_pip = build.index('ENV PIP_INDEX_URL="https://example.org/simple"')
    assert for_pip < build.index(
        'COPY --chown=8888:0 ["requirements.txt", "/tmp/first/requirements.txt"]'
    )


def test_pips_settings_are_in_the_stage_that_is_thrown_away(tmp_path: Path) -> None:
    written = text(tmp_path, {}, pip_conf="given/pip.conf")

    assert written.count("given/pip.conf") == 1
    assert 'COPY --chown=8888:0 ["given/pip.conf", "/tmp/first/pip.conf"]' in stage(
        written, "AS build"
    )


def test_only_results_are_taken_from_the_build(tmp_path: Path) -> None:
    last = instructions(text(tmp_path, {}))

    taken = [line.split()[-2] for line in last if line.startswith("COPY --from=build")]
    assert taken == ["/opt/venv", "/s2i/bin", "/app"]


def test_a_run_of_the_sources_own_is_where_s2i_has_it(tmp_path: Path) -> None:
    written = text(tmp_path, {".s2i/bin/run": "exec /s2i/bin/run\n"})

    assert 'CMD ["/tmp/scripts/run"]' in stage(written, "AS runtime")
    assert "COPY --from=build --chown=0:0 /tmp/scripts/run /tmp/scripts/run" in instructions(
        written
    )


def test_an_assemble_of_the_sources_own_needs_s2i(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="is run by s2i alone: build with --engine s2i"):
        text(tmp_path, {".s2i/bin/assemble": ""})


def test_wheels_of_the_sources_are_found_by_the_first_install(tmp_path: Path) -> None:
    written = text(tmp_path, {"requirements.txt": "one\n", "whl/one.whl": ""}, prefix="src")

    assert 'COPY --chown=8888:0 ["src/whl/", "/tmp/first/whl/"]' in instructions(written)
    assert 'PIP_FIND_LINKS="${PIP_FIND_LINKS-} /tmp/first/whl"' in written


def test_a_runtime_image_takes_the_place_of_the_base(tmp_path: Path) -> None:
    written = instructions(text(tmp_path, {}, runtime="slim:1"))

    assert written[:2] == ["ARG BASE_IMAGE=debian:12", "ARG RUNTIME_IMAGE=slim:1"]


def test_nothing_of_the_template_is_left(tmp_path: Path) -> None:
    assert not re.search(r"@[a-z_]+@", text(tmp_path, {"requirements.txt": "numpy"}))


def test_ignored_files_are_those_of_every_model_and_of_s2iignore() -> None:
    written = dockerignore(["data/*.csv", "!data/one.csv"])

    assert written == template("dockerignore") + "data/*.csv\n!data/one.csv\n"


def test_ignored_files_are_below_the_folder_of_the_sources() -> None:
    lines = dockerignore(["/data", "!data/one.csv", "**/*.tmp"], "src").splitlines()

    assert lines[-3:] == ["src/data", "!src/data/one.csv", "src/**/*.tmp"]
    assert "src/.git" in lines
