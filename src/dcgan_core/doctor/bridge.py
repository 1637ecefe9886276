"""What Habana's bridge counts: compilations of graphs, and operations done on the CPU instead."""

import sys

METRICS = ("graph_compilation", "cpu_fallback")


def counters() -> dict[str, dict]:
    """The bridge's own counts so far by metric, as its ``metric_global(name).stats()`` gives them.

    Empty where the bridge is not loaded, so on every device but a Gaudi.
    """
    if "habana_frameworks.torch" not in sys.modules:
        return {}
    from habana_frameworks.torch.hpu.metrics import metric_global

    return {name: dict(metric_global(name).stats()) for name in METRICS}
