"""What a training run of a property model says of itself: figures on held-out chains, cards, parity plots."""
