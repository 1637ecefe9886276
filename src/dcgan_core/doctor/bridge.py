"""What Habana's bridge counts: compilations of graphs, and operations done on the CPU instead."""

import importlib
import importlib.util
import sys

METRICS = ("graph_compilation", "cpu_fallback")


def load() -> None:
    """Load the bridge where it is installed.

    For the CPU's trial as well: with the bridge, an HPU is PyTorch's accelerator, which autograd
    asks for even when it works on the CPU; and so the two trials differ by the device alone.
    """
    if importlib.util.find_spec("habana_frameworks"):
        importlib.import_module("habana_frameworks.torch.core")


def counters() -> dict[str, dict]:
    """The bridge's own counts so far by metric, as its ``metric_global(name).stats()`` gives them.

    Empty where the bridge is not loaded, so on every device but a Gaudi.
    """
    if "habana_frameworks.torch" not in sys.modules:
        return {}
    from habana_frameworks.torch.hpu.metrics import metric_global

    return {name: dict(metric_global(name).stats()) for name in METRICS}
