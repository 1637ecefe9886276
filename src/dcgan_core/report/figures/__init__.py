"""The charts of a run, one module a chart; ``style`` is what they share."""
