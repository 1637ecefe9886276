"""What is done to the discriminator's images, so that training stays stable."""
