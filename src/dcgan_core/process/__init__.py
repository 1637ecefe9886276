"""Where work runs: processors, worker processes, locks, signals. Shapes no result."""
