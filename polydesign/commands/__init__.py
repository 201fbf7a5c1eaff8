"""The command line, one file a verb; cli.py holds the manners that they share."""
