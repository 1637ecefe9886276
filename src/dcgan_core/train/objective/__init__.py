"""What each network minimises: losses and penalties on gradients."""
