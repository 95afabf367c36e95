import io
import tarfile
from pathlib import Path, PurePosixPath

import pytest
from containers import as_dockerfile, rules
from repositories import committed, git


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def work_tree(folder: Path, *names: str) -> Path:
    return committed(tree(folder, *names))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        (" A = 1 ", {"A": "1"}),
        ("A=b=c", {"A": "b=c"}),
        ('A="1"', {"A": '"1"'}),
        ("A=$HOME", {"A": "$HOME"}),
        ("# A=1\n #B=2", {"#B": "2"}),
        ("no equals\nA=1", {"A": "1"}),
        ("export A=1", {"export A": "1"}),
        ("A=1 # one", {"A": "1 # one"}),
        ("A=1\nA=2", {"A": "2"}),
        ("=1", {}),
    ],
)
def test_a_line_of_the_environment_is_split_at_the_first_equals(
    text: str, found: dict[str, str]
) -> None:
    assert rules.environment(text) == found


def test_of_a_variable_the_last_one_given_counts(tmp_path: Path) -> None:
    tree(tmp_path, ".s2i/environment", "more")
    (tmp_path / ".s2i" / "environment").write_text("A=sources\nB=sources\nC=sources")
    (tmp_path / "more").write_text("C=file")

    found = rules.variables(tmp_path, ["B=option", "C=option"], [tmp_path / "more"])

    assert found == {"A": "sources", "B": "option", "C": "file"}


def test_s2iignore_takes_globs_from_the_root(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "sub/a.txt", "b.md", "keep.md", "data/x", ".s2iignore")
    (tmp_path / ".s2iignore").write_text("# none\n\n*.txt\n*.md\n!keep.md\ndata\n")

    rules.ignore(tmp_path)

    assert files(tmp_path) == [".s2iignore", "keep.md", "sub/a.txt"]


def test_a_work_tree_is_cloned_without_what_is_not_committed(tmp_path: Path) -> None:
    source = work_tree(tmp_path / "source", "Model.py", "sub/Other.py")
    tree(source, "new.py")

    labels = rules.fetch(source, tmp_path / "cloned", copy=False)
    rules.fetch(source, tmp_path / "copied", copy=True)

    head = git(source, "rev-parse", "HEAD")
    assert labels[f"{rules.BUILD}commit.id"] == head.strip()
    assert labels[f"{rules.BUILD}commit.author"] == "A <a@b.c>"
    assert "new.py" not in files(tmp_path / "cloned")
    assert "new.py" in files(tmp_path / "copied")


def test_of_a_context_folder_nothing_around_it_is_taken(tmp_path: Path) -> None:
    source = work_tree(tmp_path / "source", "Model.py", "sub/Other.py")

    labels = rules.fetch(source, tmp_path / "cloned", copy=False, context_dir="sub")

    assert files(tmp_path / "cloned") == ["Other.py"]
    assert labels[f"{rules.BUILD}source-context-dir"] == "sub"


def test_scripts_are_moved_out_of_the_sources_and_those_of_a_url_come_first(tmp_path: Path) -> None:
    sources = tree(tmp_path / "src", ".s2i/bin/run", ".s2i/bin/assemble", ".s2i/bin/other")
    given = tree(tmp_path / "given", "assemble")

    own = rules.place_scripts(sources, tmp_path / "scripts", given)

    assert own == {"assemble", "run"}
    assert (tmp_path / "scripts" / "assemble").read_text() == "assemble"
    assert (tmp_path / "scripts" / "run").stat().st_mode & 0o777 == 0o755
    assert files(sources) == [".s2i/bin/assemble", ".s2i/bin/other"]


@pytest.mark.parametrize(
    ("user", "allowed"),
    [("8888", "1-"), ("8888:0", "1-"), ("0", "0"), ("5", "1,5-7"), ("root", ""), ("3", "-3")],
)
def test_a_user_within_the_allowed_ids_is_taken(user: str, allowed: str) -> None:
    rules.check_user(user, allowed)


@pytest.mark.parametrize(
    ("user", "allowed"), [("root", "1-"), ("0", "1-"), ("", "1-"), ("8", "5-7")]
)
def test_a_user_outside_them_is_refused(user: str, allowed: str) -> None:
    with pytest.raises(rules.Refused, match="within the range"):
        rules.check_user(user, allowed)


def test_the_tar_is_pax_and_has_no_git_folder(tmp_path: Path) -> None:
    tree(tmp_path, "src/.git/config", "src/näme.py", "scripts/run")

    packed = rules.packed(tmp_path)

    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getnames() == ["scripts", "scripts/run", "src", "src/näme.py"]
        assert tar.getmember("src/näme.py").pax_headers["path"] == "src/näme.py"


def test_the_labels_of_the_metadata_are_read() -> None:
    assert rules.new_labels({"labels": [{"a": "1"}, {"b": "2"}]}) == {"a": "1", "b": "2"}


def test_artifacts_are_a_path_and_a_folder_below_the_working_one() -> None:
    assert rules.artifacts("/app;/opt/venv:opt") == [
        (PurePosixPath("/app"), PurePosixPath()),
        (PurePosixPath("/opt/venv"), PurePosixPath("opt")),
    ]


@pytest.mark.parametrize("label", ["", "app", "/app:/opt", "/app:../opt"])
def test_artifacts_that_lead_elsewhere_are_refused(label: str) -> None:
    with pytest.raises(rules.Refused):
        rules.artifacts(label)


def test_injected_files_may_be_written_by_all_and_are_root_s(tmp_path: Path) -> None:
    folder = tree(tmp_path / "secret", "pip.conf", "more/token")

    found = rules.injected(folder, PurePosixPath("/opt/venv"))
    packed = rules.packed_injections(found)

    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getnames() == ["opt/venv/more/token", "opt/venv/pip.conf"]
        assert [(e.mode, e.uid) for e in tar] == [(0o666, 0), (0o666, 0)]


def test_an_injected_file_is_its_target(tmp_path: Path) -> None:
    tree(tmp_path, "token")

    found = rules.injected(tmp_path / "token", PurePosixPath("/run/secret"))

    assert found == [(tmp_path / "token", PurePosixPath("/run/secret"))]


def test_what_goes_into_the_runtime_image_is_root_s(tmp_path: Path) -> None:
    tree(tmp_path, "app/Model.py", "app/before-run")
    (tmp_path / "app" / "before-run").chmod(0o700)
    (tmp_path / "app" / "link").symlink_to("/usr/bin/python3")

    packed = rules.packed_artifacts(tmp_path)

    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        found = {entry.name: entry for entry in tar}
    assert {entry.uid for entry in found.values()} == {0}
    assert found["app/Model.py"].mode == 0o644
    assert found["app/before-run"].mode == found["app"].mode == 0o755
    assert found["app/link"].linkname == "/usr/bin/python3"


def test_a_quoted_word_is_not_expanded() -> None:
    assert rules.quoted('a "b" $c \\d') == '"a \\"b\\" \\$c \\\\d"'


def test_a_dockerfile_has_the_scripts_of_the_convention_and_a_cmd_in_shell_form(
    tmp_path: Path,
) -> None:
    source = tree(tmp_path / "source", "Mine.py", ".s2i/environment", ".s2i/bin/run")
    (source / ".s2i" / "environment").write_text("MODEL_NAME=Mine\n")
    (tmp_path / "out").mkdir()

    as_dockerfile.write(source, "builder:1", tmp_path / "out")

    lines = (tmp_path / "out" / "Dockerfile").read_text().splitlines()
    assert lines[0] == "FROM builder:1"
    assert 'ENV MODEL_NAME="Mine"' in lines
    assert lines[-3:] == ["USER 1001", "RUN /usr/libexec/s2i/assemble", "CMD /tmp/scripts/run"]
