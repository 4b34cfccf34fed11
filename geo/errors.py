"""The base of the error family: what went wrong, as a key and values, so that it can be said in any language."""


class Problem(Exception):
    """
    Something the reader can put right.

    The sentence for a key is kept in the word catalogues, once per language;
    `str(problem)` is only a fallback for logs.

    Parameters
    ----------
    key
        Name of the sentence in the catalogues, for example
        `boundaries.no_crs`.
    **values
        What the sentence names: file, column, value, what is allowed. Plain
        texts, numbers or lists of them.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key}: {said}" if said else self.key


class BoundaryProblem(Problem, ValueError):
    """A boundary file, or a set of shapes, that cannot be used as it is."""


class CrsProblem(Problem, ValueError):
    """A coordinate system that is not known or cannot be used here."""
