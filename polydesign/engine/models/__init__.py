"""The models on this machine, as people look at them."""
