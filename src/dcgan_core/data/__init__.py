"""From wherever images come from to packed, split arrays of [-1,1] codes.

``sources`` make the raw folder, ``resize`` packs it at one size, ``normalize`` splits it.
Of these only the batches import torch, so that the worker processes of the rest start fast.
"""
