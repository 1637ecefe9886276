"""The training state: saved and taken up, continued for longer, begun from what another learnt."""
