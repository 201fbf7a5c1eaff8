"""Predictions of given polymers, and what stands behind them."""
