"""The one flow behind the pages, the command line and the benchmarks; knows no user interface."""
