"""What a phase of training minimises or plays for: losses and optimizers, whatever the network."""
