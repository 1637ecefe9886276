"""A stage run again is the same, and the record of a run is too, whoever made it."""

import json
import shutil
import subprocess
import sys
from urllib.parse import unquote

import pytest

from dcgan_core.files import sha256_file
from dcgan_core.verify.wall_times import measured_in


def verify(project, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(project.root / "src")}
    command = (sys.executable, "-m", "dcgan_core", "verify", *arguments)
    return project.run(*command, check=False, environment=environment)


def test_a_training_run_again_is_the_same_but_for_its_times(project):
    """With the settings recorded, whatever params.yaml says now."""
    project.change({"train.lr": 0.001})
    result = verify(project, "--replay", "train@16")
    assert result.returncode == 0, result.stderr
    assert "train@16: the same" in result.stdout
    assert "results/16/history.csv: same without seconds, img_per_s" in result.stdout
    path = project.root / "results/16/final.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    result = verify(project, "--replay", "train")
    assert result.returncode == 1
    assert "results/16/final.safetensors: differs" in result.stdout


def test_a_stage_whose_code_or_inputs_are_others_is_not_run_again(project):
    script = project.root / "workflow/scripts/sample.py"
    script.write_text(script.read_text() + "# changed\n")
    result = verify(project, "--replay", "sample@16")
    assert result.returncode == 1
    assert "workflow/scripts/sample.py is not the code" in result.stderr
    path = project.root / "data/normalized/16/train.npy"
    path.write_bytes(path.read_bytes()[:-1])
    result = verify(project, "--replay", "train@16")
    assert "data/normalized/16: is not what train@16 was built on" in result.stderr
    for wrong in ("sauce", "source", "train@99", "summary@16"):
        assert verify(project, "--replay", wrong).stderr.startswith(f"dcgan: --replay {wrong}: no")


def without_times(crate) -> list:
    crate = json.loads(crate.read_text())
    for entity in crate["@graph"]:
        entity.pop("datePublished", None)
    return crate


def test_the_record_is_a_crate_whose_parts_are_there(project, tmp_path):
    from rocrate.rocrate import ROCrate

    folder = tmp_path / "crate"
    result = verify(project, "--crate", str(folder))
    assert result.returncode == 0, result.stderr
    crate = ROCrate(folder)
    assert crate.mainEntity.id == "Snakefile"
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(crate.mainEntity.type)
    conforms = [profile.id for profile in crate.root_dataset["conformsTo"]]
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in conforms
    for entity in crate.data_entities:
        path = folder / unquote(entity.id)
        assert path.exists(), entity.id
        assert not ("sha256" in entity and measured_in(entity.id))
        if "sha256" in entity:
            assert entity["sha256"] == sha256_file(path)
    actions = {entity["name"]: entity for entity in crate.get_by_type("CreateAction")}
    assert len(actions) == 12
    train = actions["train@16"]
    assert train["instrument"].id == "workflow/scripts/train.py"
    read, *settings = train["object"]
    assert read.id == "data/normalized/16/"
    settings = {part["name"]: part["value"] for part in settings}
    assert settings["train.lr"] == 0.0005
    assert "results/16/final.safetensors" in [part.id for part in train["result"]]
    versions = {part["name"] for part in train["agent"]["softwareRequirements"]}
    images = {"pillow", "simplejpeg", "cykooz-resizer"}
    assert versions == {"python", "torch", "numpy", *images}
    assert "threads" in train["additionalProperty"]["value"]
    assert actions["The whole run"]["instrument"].id == "Snakefile"
    assert verify(project, "--crate", str(folder)).returncode == 1
    assert verify(project, "--crate", str(tmp_path / "ro-crate-metadata.json")).returncode == 1


def test_no_record_of_a_run_with_faults(project, tmp_path):
    (project.root / "results/metrics.json").write_text("{}")
    assert verify(project, "--crate", str(tmp_path / "crate")).returncode == 1
    assert not (tmp_path / "crate").exists()


@pytest.mark.slow
def test_receipts_and_record_are_the_same_whichever_engine_ran(project):
    assert verify(project, "--crate", "ro-crate-metadata.json").returncode == 0
    record = without_times(project.root / "ro-crate-metadata.json")
    receipts = receipts_of(project)
    for name in ("results", "data/raw", "data/resized", "data/normalized", ".dcgan"):
        shutil.rmtree(project.root / name)
    project.dvc("repro", "--force", "--no-run-cache")
    assert receipts_of(project) == receipts
    assert verify(project, "--crate", "ro-crate-metadata.json").returncode == 0
    assert without_times(project.root / "ro-crate-metadata.json") == record


def receipts_of(project) -> dict:
    """Without machine, and without the hashes of files that hold times."""
    found = {}
    for path in sorted((project.root / "results/receipts").glob("*.json")):
        receipt = json.loads(path.read_text())
        del receipt["made_with"], receipt["checksum"]
        for part in ("outputs", "files", "built_on"):
            receipt[part] = {
                name: digest
                for name, digest in receipt[part].items()
                if not measured_in(name) and name != "results/summary"
            }
        found[path.name] = receipt
    return found
