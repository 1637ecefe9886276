"""A step as a whole: what goes into it and comes out, and how its operations get to the device."""
