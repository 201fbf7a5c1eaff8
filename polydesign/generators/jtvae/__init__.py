"""JT-VAE: repeat units as junction trees of rings and bonds, with a code for each; every draw is a valid unit."""
