"""Which images to leave out, and why: bounds, duplicates, and a picture of what was dropped."""
