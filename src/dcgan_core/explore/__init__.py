"""A page that runs the generator in a browser: samples, walks, sums and their nearest images.

``operations`` says a generator as a flat list of simple steps, ``packing`` their numbers as text,
``engine`` has the JavaScript that runs them, ``page`` the page around it. ``numbers`` makes the
latents that the page's numbers stand for. ``training_images`` brings small training images along,
and ``explorer`` puts it all into one file.
"""
