"""The profile of a run: its executor's plugin, and files that cannot be read."""

import pytest

from coupled_vae.run import engine
from coupled_vae.runtime.errors import UserError


def test_a_profile_without_its_plugin_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("executor: no-such-thing\njobs: 1\n")
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match="pip install snakemake-executor-plugin-no-such-thing"):
        engine._profile()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "'executor': no-such-thing\n"),
        ("config.yaml", "{jobs: 1, executor: no-such-thing}\n"),
        ("config.yaml", "executor:\n  no-such-thing\n"),
        ("config.v8+.yaml", "executor: no-such-thing\n"),
    ],
)
def test_an_executor_is_found_in_each_spelling(tmp_path, monkeypatch, name, text):
    (tmp_path / "config.yaml").write_text("jobs: 1\n")
    (tmp_path / "config.v99+.yaml").write_text("executor: of-a-later-one\n")
    (tmp_path / name).write_text(text)
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match="executor no-such-thing needs a plugin"):
        engine._profile()


@pytest.mark.parametrize("raw", [b"executor: \xff\xfe\n", b"executor: [\n", b"- executor\n"])
def test_a_broken_profile_is_one_line(tmp_path, monkeypatch, raw):
    (tmp_path / "config.yaml").write_bytes(raw)
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match=r"config\.yaml: the profile") as error:
        engine._profile()
    assert len(str(error.value).splitlines()) == 1


def test_a_plugin_with_a_lock_is_installed_from_it(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("executor: cluster-generic\n")
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"-r requirements-cluster-generic\.lock") as error:
        engine._profile()
    assert len(str(error.value).splitlines()) == 1


def test_a_project_with_a_space_in_its_path_gives_a_profile_without(tmp_path, monkeypatch):
    """Snakemake puts the path of a profile's commands into a shell, without quotes."""
    profile = tmp_path / "my project" / "profiles" / "mine"
    profile.mkdir(parents=True)
    (profile / "config.yaml").write_text("jobs: 1\n")
    commands = []
    monkeypatch.setattr(engine, "_show_lines", lambda command, *_: commands.append(command) or 0)
    monkeypatch.setenv(engine.PROFILE, str(profile))
    monkeypatch.chdir(profile.parents[1])
    engine.snakemake(["data"])
    (command,) = commands
    assert command[command.index("--profile") + 1] == "profiles/mine"
