"""Builds the emulated HPU: one call of g++ for each of its two files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import torch

HERE = Path(__file__).parent
STANDARD = "-std=c++20"


def missing_tool() -> str | None:
    """Why the emulated HPU cannot be built here, or None."""
    return None if shutil.which("g++") else "the emulated HPU needs g++, which is not installed"


def build(cache: Path) -> Path:
    """The folder with ``hpu.so`` and ``accelerator.so``, built unless ``cache`` has them.

    About half a minute the first time with each version of torch.
    """
    sources = [HERE / "hpu.cpp", HERE / "accelerator.cpp"]
    digest = hashlib.sha256(torch.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = cache / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(torch.__file__).parent
    headers = [f"-I{root / 'include'}", f"-I{root / 'include/torch/csrc/api/include'}"]
    abi = f"-D_GLIBCXX_USE_CXX11_ABI={int(torch.compiled_with_cxx11_abi())}"
    links = [f"-L{root / 'lib'}", "-ltorch_cpu", "-lc10"]
    _compile(sources[0], folder / "hpu.so", ["-O1", "-w", abi, *headers], links)
    _compile(sources[1], folder / "accelerator.so", [], [])
    return folder


def _compile(source: Path, target: Path, flags: list[str], links: list[str]) -> None:
    if target.exists():
        return
    part = target.with_suffix(f".{os.getpid()}")
    command = ["g++", STANDARD, *flags, "-shared", "-fPIC", str(source), "-o", str(part), *links]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{result.stderr}")
    part.replace(target)
