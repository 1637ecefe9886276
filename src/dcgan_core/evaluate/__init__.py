"""How good generated images are: pure functions on arrays.

``parzen`` scores pixels by a kernel density; ``features`` turns images into the
activations of ``efficientnet``; ``fidelity`` and ``manifold`` compare two sets of
such features; ``select`` picks the best row of a table of scores.
"""
