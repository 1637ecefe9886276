"""Finished runs held against each other: settings, scores, curves, samples."""
