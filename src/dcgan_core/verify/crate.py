"""The run's record for others: a Workflow Run RO-Crate, from receipts that were verified.

It follows https://w3id.org/ro/wfrun/workflow/0.5 on RO-Crate 1.1. Neither the engine nor an
interruption shows in it: its one time is the root's ``datePublished``, and files that hold measured
times have no hash in it (:mod:`.wall_times`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import __version__
from ..data import manifest
from ..errors import UserError
from ..files import writing
from ..optional import require
from ..process.host import PACKAGES
from ..records import write_json
from ..stages import STAGES, Receipt, receipt_file
from .project import PARAMS, Project, flat
from .results import Result
from .wall_times import measured_in
from .words import machine

NAME = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
"""A term of those profiles that RO-Crate 1.1 itself has not."""
WORKFLOWS = {
    "Snakefile": ("Snakemake", "https://snakemake.readthedocs.io"),
    "dvc.yaml": ("DVC", "https://dvc.org"),
}
SOFTWARE = ("python", *PACKAGES)
MIT = "https://spdx.org/licenses/MIT"
FORMATS = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npy": "application/octet-stream",
    ".png": "image/png",
    ".py": "text/x-python",
    ".safetensors": "application/octet-stream",
    ".yaml": "application/yaml",
}


def write_crate(project: Project, results: list[Result], target: Path) -> Path:
    """Write the record of a sound run.

    Args:
        project: the run's.
        results: all of them, each sound.
        target: a new folder, which the files of the run are copied to; or ``NAME`` at the
            project's root, for the record alone.

    Returns:
        The path of the record.

    Raises:
        UserError: the package rocrate is not installed, or the target does not fit.
    """
    require("rocrate.rocrate", "rocrate", "dcgan verify --crate")
    if target.suffix == ".json":
        if target.name != NAME or target.resolve().parent != project.root.resolve():
            raise UserError(
                f"--crate {target}: the record names files from where it lies, so it must be "
                f"{NAME} at the project's root; or name a new folder, for a copy of all files"
            )
        write_json(target, _Crate(project, results).crate.metadata.generate())
        return target
    if target.exists():
        raise UserError(f"--crate {target}: is there already; name a folder that is not")
    crate = _Crate(project, results).crate
    with writing(target) as part:
        crate.write(part)
        write_json(part / NAME, crate.metadata.generate())
    return target / NAME


def _ids(names: Iterable[str]) -> list[dict[str, str]] | dict[str, str]:
    """References to entities: a list, or one alone, as JSON-LD has them."""
    found = [{"@id": name} for name in names]
    return found[0] if len(found) == 1 else found


class _Crate:
    """The crate, as it is filled."""

    def __init__(self, project: Project, results: list[Result]):
        from rocrate.rocrate import ROCrate

        self.project = project
        # All of a sound run's results have one.
        self.made = [(result, result.receipt) for result in results if result.receipt]
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms = TERMS
        self._add_root()
        self._add_code()
        for result, receipt in self.made:
            self._add_action(result, receipt)
        self._add_run()

    def _add(self, at: str, kind: str, **properties: Any) -> str:
        """A contextual entity; its ``@id``."""
        from rocrate.model.contextentity import ContextEntity

        entity = ContextEntity(self.crate, at, properties={"@type": kind, **properties})
        self.crate.add(entity)
        return at

    def _add_file(self, path: str, **properties: Any) -> str:
        """A file of the project; its ``@id``."""
        measured = measured_in(path)
        known: dict[str, Any] = {"name": path}
        if kind := FORMATS.get(Path(path).suffix):
            known["encodingFormat"] = kind
        if measured:
            known["description"] = (
                f"Holds what was measured in this run ({', '.join(measured)}), so it has no hash "
                "here; the receipt of its stage has it."
            )
        elif "about" not in properties:
            found = self.project.scan(path)
            content = found.files.get("") if found else None
            if content:
                known |= {"sha256": content.sha256, "contentSize": str(content.size)}
        source = self.project.root / path
        return self.crate.add_file(source, path, properties={**known, **properties}).id

    def _add_folder(self, path: str, result: Result, receipt: Receipt) -> str:
        """A folder with each file that its receipt lists; its ``@id``."""
        names = sorted(name for name in receipt.files if name.startswith(f"{path}/"))
        properties: dict[str, Any] = {"name": path}
        if result.stage.name == "download":
            record = manifest.read(self.project.root / path)
            properties["description"] = (
                f"{len(record.files)} images; {manifest.NAME} has the sha256, origin and licence "
                "of each."
            )
            properties["license"] = record.licence
        properties["hasPart"] = _ids([self._add_file(name) for name in names])
        source = self.project.root / path
        return self.crate.add_dataset(source, path, properties=properties).id

    def _add_root(self) -> None:
        params = self.project.params
        root, sizes = self.crate.root_dataset, ", ".join(params.sizes)
        record = manifest.read(self.project.root / "data/raw" / params.download.source)
        root["name"] = f"DCGAN at {sizes} on {params.download.source}"
        root["description"] = (
            f"A generative network trained on images of {sizes} pixels, with its samples and "
            "scores. Run by Snakemake or DVC: both make the same files by the same scripts."
        )
        root["license"] = f"Code: MIT. Images: {record.licence}"
        root["conformsTo"] = _ids(PROFILES)
        for name, (title, version) in PROFILES.items():
            self._add(name, "CreativeWork", name=title, version=version)
        self.crate.metadata["conformsTo"] = _ids(
            ["https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0"]
        )

    def _add_code(self) -> None:
        """Scripts with the code that each reaches, and the two workflows that call them."""
        kind = ["File", "SoftwareSourceCode"]
        python = self._add("#python", "ComputerLanguage", name="Python", url="https://python.org")
        self._add(MIT, "CreativeWork", name="MIT License", identifier=MIT)
        language = {"programmingLanguage": {"@id": python}, "license": {"@id": MIT}}
        code = {stage.script: self.project.origins[stage.name].code for stage in STAGES.values()}
        files = sorted({path for reached in code.values() for path in reached} - code.keys())
        for path in files:
            self._add_file(path, license={"@id": MIT})
        for script, reached in code.items():
            parts = _ids(quote(path) for path in reached if path != script)
            properties = {"@type": kind, "version": __version__, **language}
            # The stage source reaches no other file.
            self._add_file(script, **properties, **({"hasPart": parts} if parts else {}))
        for path, (name, url) in WORKFLOWS.items():
            engine = self._add(f"#{name.lower()}", "ComputerLanguage", name=name, url=url)
            about: dict[str, Any] = {
                "@type": [*kind, "ComputationalWorkflow"],
                "name": f"The pipeline for {name}",
                "version": __version__,
                "programmingLanguage": {"@id": engine},
                "license": {"@id": MIT},
                "hasPart": _ids(quote(script) for script in code),
            }
            self._add_file(path, **about)
        self.crate.root_dataset["mainEntity"] = {"@id": "Snakefile"}
        self._add_file(PARAMS)

    def _add_action(self, result: Result, receipt: Receipt) -> None:
        """What one stage did at one size."""
        settings = [
            self._add(f"#setting-{name}", "PropertyValue", name=name, value=_plain(value))
            for name, value in flat(receipt.settings).items()
        ]
        paths = result.stage.paths(self.project.params, result.size).values()
        outputs = []
        for path in map(Path.as_posix, paths):
            if (self.project.root / path).is_dir():
                outputs.append(self._add_folder(path, result, receipt))
            else:
                outputs.append(self._add_file(path))
        action = _action(result)
        file = receipt_file(result.stage, result.size)
        outputs.append(self._add_file(file, about={"@id": action}))
        self._add(
            action,
            "CreateAction",
            name=result.name,
            description=f"The {result.stage.name} stage; its key is {receipt.key}.",
            instrument={"@id": quote(result.stage.script)},
            object=_ids([*self._inputs(receipt), *settings]),
            result=_ids(outputs),
            agent={"@id": self._software(receipt)},
            additionalProperty={"@id": self._machine(result, receipt)},
            actionStatus="http://schema.org/CompletedActionStatus",
        )

    def _inputs(self, receipt: Receipt) -> list[str]:
        """What a stage has read, by ``@id``; files of one's own, which stay, by their hash."""
        found = []
        for path, digest in receipt.built_on.items():
            if receipt.stage == "source":
                value = f"sha256 of all names and contents: {digest}"
                found.append(self._add("#own-files", "PropertyValue", name=path, value=value))
            else:
                folder = (self.project.root / path).is_dir()
                found.append(quote(path) + ("/" if folder else ""))
        return found

    def _software(self, receipt: Receipt) -> str:
        versions = {name: receipt.made_with[name] for name in SOFTWARE if name in receipt.made_with}
        needed = [
            self._add(
                f"#{name}-{version}", "SoftwareApplication", name=name, softwareVersion=version
            )
            for name, version in versions.items()
        ]
        return self._add(
            f"#dcgan-workflow-{_short(versions)}",
            "SoftwareApplication",
            name="dcgan-workflow",
            softwareVersion=__version__,
            softwareRequirements=_ids(needed),
        )

    def _machine(self, result: Result, receipt: Receipt) -> str:
        words = ", ".join(
            word
            for word in machine(self.project, result, receipt)
            if word.partition(" ")[0] not in SOFTWARE
        )
        return self._add(f"#machine-{_short(words)}", "PropertyValue", name="machine", value=words)

    def _add_run(self) -> None:
        """The run as a whole."""
        last, receipt = self.made[-1]
        outputs = last.stage.paths(self.project.params, last.size).values()
        folders = [path for path in outputs if (self.project.root / path).is_dir()]
        results = [f"{quote(path.as_posix())}{'/' if path in folders else ''}" for path in outputs]
        action = self._add(
            "#run",
            "CreateAction",
            name="The whole run",
            description="All stages, as the workflow calls them one after another.",
            instrument={"@id": "Snakefile"},
            object=_ids([PARAMS]),
            result=_ids(results),
            agent={"@id": self._software(receipt)},
            actionStatus="http://schema.org/CompletedActionStatus",
        )
        actions = [_action(result) for result, _ in self.made]
        self.crate.root_dataset["mentions"] = _ids([action, *actions])


def _action(result: Result) -> str:
    return "#" + result.name.replace("@", "-")


def _plain(value: Any) -> str | int | float | bool:
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _short(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
