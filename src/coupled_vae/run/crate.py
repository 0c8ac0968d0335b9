"""Metadata of an archive as a Workflow Run RO-Crate: https://w3id.org/ro/wfrun/workflow/0.5.

Each file is a ``File`` with its SHA-256. Each record of a job is a ``CreateAction``: the command is
its ``instrument``, the files it read are its ``object``, and those it wrote are its ``result``. The
records hold no times, so the actions have none either.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from coupled_vae.plan.provenance import Record
from coupled_vae.runtime.errors import UserError

METADATA = "ro-crate-metadata.json"
PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/ro/wfrun/provenance/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)
TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "text/x-tex",
    ".yaml": "application/yaml",
}
WORKFLOW, PARAMS, RUN, ENGINE = "Snakefile", "params.yaml", "#run", "#snakemake"


@dataclass(frozen=True)
class Member:
    """A file of an archive: its SHA-256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class About:
    """What an archive says of itself.

    Attributes:
        commit: The commit whose code it has.
        date: When that was committed, in ISO 8601.
        notes: What a reader must know, such as that results are missing; empty for a whole one.
        versions: Versions of the programs that ran the workflow, by name.
    """

    commit: str
    date: str
    notes: tuple[str, ...]
    versions: Mapping[str, str]


def metadata(
    about: About, members: Mapping[str, Member], records: Mapping[str, Record]
) -> dict[str, Any]:
    """The content of ``ro-crate-metadata.json``.

    Args:
        about: What is said of the whole.
        members: The files by their names in the archive.
        records: The jobs' records by the names of their files.

    Raises:
        UserError: The library that writes it is not installed.
    """
    crate = _crate(about)
    for name, member in members.items():
        crate.add_file(dest_path=name, properties=_file(name, member))
    _workflow(crate, about, members, records)
    tree: dict[str, Any] = crate.metadata.generate()
    return tree


def text(tree: Mapping[str, Any]) -> str:
    """The metadata as the text of their file."""
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _crate(about: About) -> Any:  # noqa: ANN401
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise UserError(
            "the package rocrate is not installed; make archive installs it, as "
            "pip install --no-deps -r requirements-archive.lock does"
        ) from None
    crate = ROCrate(version="1.1")
    crate.name = f"coupled-vae {about.commit[:12]}"
    what = "Code, parameters, data, weights, draws, tables and figures of coupled-vae."
    crate.description = " ".join([what, *about.notes])
    crate.license = "https://spdx.org/licenses/MIT"
    crate.root_dataset["datePublished"] = about.date
    crate.root_dataset["version"] = about.commit
    profiles = [_thing(crate, id_, "CreativeWork") for id_ in PROFILES]
    crate.root_dataset["conformsTo"] = profiles
    return crate


def _thing(crate: Any, id_: str, kind: str, **properties: Any) -> Any:  # noqa: ANN401
    from rocrate.model import ContextEntity

    return crate.add(ContextEntity(crate, id_, properties={"@type": kind, **properties}))


def _ref(names: Any) -> list[dict[str, str]]:  # noqa: ANN401
    return [{"@id": name} for name in names]


def _file(name: str, member: Member) -> dict[str, Any]:
    """The properties of a file."""
    found: dict[str, Any] = {"sha256": member.sha256, "contentSize": str(member.size)}
    if kind := TYPES.get(PurePosixPath(name).suffix):
        found["encodingFormat"] = kind
    if name == WORKFLOW:
        found["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
    return found


def _workflow(
    crate: Any,  # noqa: ANN401
    about: About,
    members: Mapping[str, Member],
    records: Mapping[str, Record],
) -> None:
    """The workflow, its steps, the jobs, and the run that they make together."""
    steps = sorted({record.command for record in records.values()})
    for position, command in enumerate(steps):
        name = f"coupled-vae {command}"
        _thing(crate, f"#{command}", "SoftwareApplication", name=name, version=about.commit)
        how = {"position": str(position), "workExample": {"@id": f"#{command}"}}
        _thing(crate, f"#step-{command}", "HowToStep", name=command, **how)
    _main(crate, members, steps)
    versions = about.versions
    _thing(crate, ENGINE, "SoftwareApplication", name="Snakemake", version=versions["snakemake"])
    for path, record in records.items():
        _job(crate, path, record, members)
    for command in steps:
        jobs = _ref(f"#job-{path}" for path, record in records.items() if record.command == command)
        of_step = {"instrument": {"@id": f"#step-{command}"}, "object": jobs}
        _thing(crate, f"#control-{command}", "ControlAction", name=f"jobs of {command}", **of_step)
    _run(crate, records, steps)


def _main(crate: Any, members: Mapping[str, Member], steps: list[str]) -> None:  # noqa: ANN401
    if WORKFLOW not in members:
        return
    workflow = crate.dereference(WORKFLOW)
    workflow["name"] = "coupled-vae"
    workflow["programmingLanguage"] = _thing(
        crate,
        "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "ComputerLanguage",
        name="Snakemake",
        url="https://snakemake.readthedocs.io",
    )
    workflow["step"] = _ref(f"#step-{command}" for command in steps)
    workflow["hasPart"] = _ref(f"#{command}" for command in steps)
    crate.root_dataset["mainEntity"] = workflow


def _job(crate: Any, path: str, record: Record, members: Mapping[str, Member]) -> None:  # noqa: ANN401
    """The action of one job; files that are not in the archive, such as a reader's, are left out.

    The record has the SHA-256 of those too.
    """
    written = [str(PurePosixPath(record.folder) / name) for name in record.outputs]
    _thing(
        crate,
        f"#job-{path}",
        "CreateAction",
        name=f"{record.command}: {written[0]}",
        instrument={"@id": f"#{record.command}"},
        object=_ref(name for name in [PARAMS, *record.inputs] if name in members),
        result=_ref(name for name in [*written, path] if name in members),
        actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
        identifier=record.specification,
    )


def _run(crate: Any, records: Mapping[str, Record], steps: list[str]) -> None:  # noqa: ANN401
    """The run of the whole workflow; the jobs are its parts."""
    written = [f"{one.folder}/{name}" for one in records.values() for name in one.outputs]
    results = _ref(name for name in written if crate.dereference(name))
    parts = {"object": [{"@id": PARAMS}], "result": results}
    run = _thing(crate, RUN, "CreateAction", name="run", instrument={"@id": WORKFLOW}, **parts)
    organize = {"instrument": {"@id": ENGINE}, "result": {"@id": RUN}}
    controls = _ref(f"#control-{command}" for command in steps)
    _thing(crate, "#organize", "OrganizeAction", name="schedule", object=controls, **organize)
    crate.root_dataset["mentions"] = [run, *_ref(f"#job-{path}" for path in records)]
