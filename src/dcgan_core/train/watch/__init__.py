"""Looking at a training: what goes wrong in it, and what is done then."""
