"""What is in a folder of photos, which settings suit it, and how long training will take here."""
