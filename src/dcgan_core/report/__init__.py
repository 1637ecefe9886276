"""Figures, the run's record and the page that shows them."""
