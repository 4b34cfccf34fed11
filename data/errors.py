"""
The error family: what can foreseeably go wrong, as a key and values.

The sentence for each key stands in both catalogues (`data/words`), so that a
screen, a command and an HTTP answer say the same thing in the reader's language.
"""

from geo.errors import Problem


class SettingProblem(Problem, ValueError):
    """A setting in the environment that cannot be used."""


class StoreProblem(Problem, RuntimeError):
    """The store cannot be opened or written."""


class FileProblem(Problem, ValueError):
    """A file that cannot be taken in; nothing of it was stored."""


class ProfileProblem(Problem, ValueError):
    """An import profile that is missing or says something impossible."""


class ScopeProblem(Problem, ValueError):
    """A period, area, category, channel or level that does not exist."""


class BatchProblem(Problem, ValueError):
    """A batch that does not exist, or that cannot be taken back."""


class ExportProblem(Problem, ValueError):
    """A file that cannot be made as asked, or not now."""


class RuleProblem(Problem, ValueError):
    """A rule table that is missing, has gaps or says something impossible."""


__all__ = [
    "BatchProblem",
    "ExportProblem",
    "FileProblem",
    "Problem",
    "ProfileProblem",
    "RuleProblem",
    "ScopeProblem",
    "SettingProblem",
    "StoreProblem",
]
