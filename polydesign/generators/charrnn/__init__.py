"""CharRNN: stacked LSTM layers that write the repeat unit token by token; the field's baseline."""
