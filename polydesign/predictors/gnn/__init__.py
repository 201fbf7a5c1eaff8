"""Graph network: messages between bonded atoms, read out atom by atom."""
