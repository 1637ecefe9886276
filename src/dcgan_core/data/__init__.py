"""From wherever images come from to packed, split arrays of [-1,1] codes.

``sources`` make the raw folder, ``resize`` packs it at one size, ``normalize`` splits it.
Nothing here imports torch, so that worker processes start fast.
"""
