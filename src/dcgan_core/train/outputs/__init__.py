"""What a training leaves for people and later stages to read."""
