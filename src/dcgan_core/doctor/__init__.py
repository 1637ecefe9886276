"""What this machine has, and whether a device trains as the CPU does; behind ``dcgan doctor``."""
