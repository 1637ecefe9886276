"""How good the generated images of a run are.

Arithmetic on arrays, without files or devices: ``distances``, ``manifold`` and ``fidelity``, which
score two sets of features; ``parzen``, which scores pixels by a kernel density; ``select``, which
picks the best row of a table. ``metrics`` lists the scores and how to read them. ``extractors``
lists the networks that turn images into features; ``features`` and ``efficientnet`` are one, and
run on a device. ``fidelity_curve`` and ``parzen_curve`` are stages: they load snapshots, read the
real images of a pack (``reals``) and write the scores. ``neighbors``, ``memorization`` and
``neighbor_sheet`` look for copies of training images, and draw them. ``digit_reader`` and
``attribute_reader`` read images of the sources ``digits`` and ``avatars``; ``modes`` and
``attributes_record`` score what was read.
"""
