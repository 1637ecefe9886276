"""Emulated: Habana's bridge as far as this project uses it, with its public signatures."""
