"""`python -m bundle [--wheels FOLDER] [--anyway] [--out FOLDER]`: one archive with source and packages."""

import argparse
import sys
from pathlib import Path

from bundle.archive import make
from bundle.source import Refused
from data import words
from data.errors import Problem
from data.settings import read_settings
from data.words import t

ROOT = Path(__file__).parents[1]


def main(argv: list[str]) -> int:
    """Make the archive; 0 made, 1 refused (a sentence says why), 2 wrong use."""
    parser = argparse.ArgumentParser(prog="python -m bundle", description=__doc__)
    parser.add_argument("--wheels", type=Path, help="take the packages from this folder instead of a package index")
    parser.add_argument("--anyway", action="store_true", help="bundle the last commit although files have changed")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the archive goes (dist)")
    asked = parser.parse_args(argv)
    try:
        words.language.set(read_settings().lang)
        made = make(ROOT, asked.out, wheels=asked.wheels, anyway=asked.anyway, say=_say)
    except Refused as refused:
        _say(str(refused))
        return 1
    except Problem as problem:
        _say(words.sentence(problem))
        return 2
    except OSError as error:
        _say(t("bundle.os", reason=words.visible(str(error))))
        return 1
    sys.stdout.write(f"{made}\n")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
