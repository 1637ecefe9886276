"""The container files can be built as far as that shows without docker; no pin touches torch."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from settings import ROOT

CONTAINERS = sorted((ROOT / "containers").glob("*.Dockerfile"))
BROUGHT = re.compile(
    r"(torch|torchvision|torchaudio|triton)$|(pytorch-triton|nvidia|cuda|habana)\b"
)


def pins(name):
    """Name to requirement, of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def instructions(path):
    """(keyword, rest) of each instruction; comments gone, continued lines joined."""
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def test_the_torch_free_pins_are_the_locks_without_what_images_bring():
    lock, beside = pins("requirements.lock"), pins("requirements-hpu.txt")
    assert {name for name in beside if BROUGHT.match(name)} == set()
    assert beside == {name: pin for name, pin in lock.items() if not BROUGHT.match(name)}
    assert {"torch", "torchvision", "triton"} <= set(lock) - set(beside)
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in beside.values())


def test_no_index_and_no_option_hides_in_the_pins():
    lines = (ROOT / "requirements-hpu.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("-") or "//" in line]


@pytest.mark.parametrize("path", CONTAINERS, ids=lambda path: path.stem)
def test_a_container_starts_from_a_pinned_image(path):
    found = instructions(path)
    arguments = dict(rest.split("=") for keyword, rest in found if keyword == "ARG")
    (base,) = (rest for keyword, rest in found if keyword == "FROM")
    image = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], base)
    assert re.fullmatch(
        r"pytorch/pytorch:\d+\.\d+\.\d+-cuda[\d.]+-cudnn\d+-runtime"
        r"|vault\.habana\.ai/gaudi-docker/\d+\.\d+\.\d+/ubuntu\d+\.\d+/habanalabs/"
        r"pytorch-installer-\d+\.\d+\.\d+:\w+",
        image,
    )


@pytest.mark.parametrize("path", CONTAINERS, ids=lambda path: path.stem)
def test_what_a_container_copies_is_there_and_pip_takes_no_dependencies(path):
    found = instructions(path)
    for keyword, rest in found:
        if keyword in ("COPY", "ADD"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources)
    commands = " ".join(rest for keyword, rest in found if keyword == "RUN")
    installs = re.findall(r"pip install[^&]*", commands)
    assert installs
    assert all("--no-deps" in install for install in installs)
    assert "--system-site-packages" in commands


def test_both_containers_are_there_and_in_their_page():
    page = (ROOT / "docs/containers.md").read_text(encoding="utf-8")
    assert [path.name for path in CONTAINERS] == ["gpu.Dockerfile", "hpu.Dockerfile"]
    assert all(f"containers/{path.name}" in page for path in CONTAINERS)
