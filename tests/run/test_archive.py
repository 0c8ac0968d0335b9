"""The archive: what is in it, that equal folders give equal ones, and what is refused."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import archived_data as made
import pytest

from coupled_vae.plan import targets
from coupled_vae.run import archive, crate
from coupled_vae.runtime.errors import UserError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project whose datasets are made."""
    made.committed(tmp_path / "project", monkeypatch)
    return Path.cwd()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library for metadata, which only make archive installs."""
    monkeypatch.setattr(crate, "metadata", lambda *_: {"@graph": []})


def written(*names: str, force: bool = False) -> Path:
    return archive.archive(None, [*(names or ("data",))], force=force)


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


@pytest.mark.usefixtures("folder", "plain")
def test_it_has_code_and_results_and_the_sum_of_each_file():
    path = written()
    commit = made.git("rev-parse", "HEAD").strip()
    assert path == Path(f"archive/coupled-vae-{commit[:12]}.zip")
    members = members_of(path)
    assert {"params.yaml", "Snakefile", crate.METADATA, *made.results()} < {*members}
    lines = members.pop(archive.MANIFEST).decode().splitlines()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    assert sorted(lines) == sorted(f"{digest}  {name}" for name, digest in sums.items())
    said = path.with_name(f"{path.name}.sha256").read_text()
    assert said == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"


@pytest.mark.usefixtures("folder", "plain")
def test_equal_folders_give_equal_archives_and_a_second_one_can_be_made():
    first = written().read_bytes()
    assert written().read_bytes() == first


@pytest.mark.usefixtures("folder", "plain")
@pytest.mark.parametrize("flaw", ["missing", "damaged", "stale", "dirty", "unknown"])
def test_what_is_refused(flaw, monkeypatch):
    name, data = "data", Path("results/data/mog.npz")
    if flaw == "missing":
        data.unlink()
    elif flaw == "damaged":
        data.write_bytes(b"other")
    elif flaw == "stale":
        of_job = targets.Specifications.of_job
        monkeypatch.setattr(targets.Specifications, "of_job", lambda *a: of_job(*a)[::-1])
    elif flaw == "dirty":
        Path("Snakefile").write_text("# changed\n")
    else:
        name = "papr"
    reasons = {"dirty": "Snakefile; commit", "unknown": "choices are data"}
    with pytest.raises(UserError, match=reasons.get(flaw, "incomplete or stale")) as error:
        written(name)
    assert len(str(error.value).splitlines()) == 1
    assert not Path("archive").exists()


@pytest.mark.usefixtures("folder", "plain")
def test_forced_it_has_the_changes_and_says_so(capsys):
    Path("Snakefile").write_text("# changed\n")
    Path("results/data/mog.npz").unlink()
    members = members_of(written(force=True))
    assert members["Snakefile"] == b"# the workflow\n"
    assert b"+# changed" in members[archive.PATCH]
    told = capsys.readouterr().out
    assert "Incomplete or stale: 1 jobs" in told
    assert "Not committed: 1 files" in told


@pytest.mark.usefixtures("plain")
def test_without_git_it_is_one_line(folder):
    subprocess.run(["rm", "-rf", str(folder / ".git")], check=True)
    with pytest.raises(UserError, match="an archive is of a commit") as error:
        written()
    assert len(str(error.value).splitlines()) == 1


def test_without_the_library_it_is_one_line(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rocrate.rocrate", None)
    with pytest.raises(UserError, match=r"rocrate is not installed; make archive installs it"):
        written()
    assert not [*(folder / "archive").glob("*.zip")]


def test_the_metadata_are_a_workflow_run_crate(folder, tmp_path):
    loaded = pytest.importorskip("rocrate.rocrate")
    path = written()
    with zipfile.ZipFile(path) as found:
        found.extractall(tmp_path / "unpacked")
    read = loaded.ROCrate(tmp_path / "unpacked")
    assert read.mainEntity.id == "Snakefile"
    jobs = read.get_by_type("CreateAction")
    (job,) = [one for one in jobs if "results/data/mog.npz" in str(one.get("name"))]
    assert {one.id for one in job["result"]} == {name for name in made.FILES if "data/mog" in name}
    assert [one.id for one in job["object"]] == ["params.yaml"]
    assert job["instrument"]["name"] == "coupled-vae data"
    for name in made.results():
        digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
        assert read.dereference(name)["sha256"] == digest
    graph = json.loads((tmp_path / "unpacked" / crate.METADATA).read_text())["@graph"]
    assert {one.id for one in read.root_dataset["conformsTo"]} == {*crate.PROFILES}
    assert str(folder) not in json.dumps(graph)
