"""Emulated: the bridge's counters."""

import hpu_emulator


class _Metric:
    def __init__(self, name: str):
        self.name = name

    def stats(self) -> list[tuple[str, object]]:
        """Pairs of name and value."""
        now = hpu_emulator.counters()
        if self.name == "graph_compilation":
            return [("TotalNumber", now["compilations"])]
        return [
            ("TotalNumber", now["cpu_fallbacks"]),
            ("FallbackOps", ", ".join(hpu_emulator.fallbacks())),
        ]


def metric_global(name: str) -> _Metric:
    """``graph_compilation`` or ``cpu_fallback`` since the process began."""
    if name not in ("graph_compilation", "cpu_fallback"):
        raise KeyError(name)
    return _Metric(name)
