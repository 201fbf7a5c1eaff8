"""Errors meant for people: what was given, what was expected, what to do next.

Every error a user can cause derives from `PolydesignError`. The command line prints its message and
leaves with exit code 2; a page shows the message and keeps what was typed.
"""


class PolydesignError(Exception):
    """Base of all errors whose message may be shown to a user as it is."""


class ChemistryError(PolydesignError, ValueError):
    """A structure, SMARTS pattern or element that cannot be used."""


class TargetError(PolydesignError, ValueError):
    """A target that is malformed, unknown, not finite or out of reach."""


class OptionError(PolydesignError, ValueError):
    """An option that a generator does not have, or a value outside its bounds."""


class DataError(PolydesignError):
    """A data set or input file that is missing, altered or not of the expected form."""


class CheckpointError(PolydesignError):
    """A checkpoint that is unknown, incomplete, altered, unsafe or of another version."""


class TrainingError(PolydesignError):
    """A training run that cannot start or go on."""


class Stopped(PolydesignError):
    """The user asked a running job to stop."""
