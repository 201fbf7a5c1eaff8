"""Programs that measure this machine; ``python -m benchmarks.speed`` prints the speed table."""
