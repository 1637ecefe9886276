"""Which latent a generator draws a given picture from, or the one that comes nearest to it."""
