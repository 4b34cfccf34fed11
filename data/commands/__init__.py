"""
Commands for operators and developers. Exit 0 done, 1 it could not be done (a sentence says why), 2 wrong use.

While a server runs it owns the store: the command is handed to it and its
output comes back, the same words and the same exit code.
"""

import itertools
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from data import words
from data.commands import ask, batches, boundaries, bring_in, demo, export, names, recognise, remote, watch
from data.commands.parser import Usage, build_parser
from data.errors import Problem
from data.settings import read_settings
from data.store import Store, open_store

# say(stream, text): stream is "out" or "err"
Say = Callable[[str, str], None]
DEEDS = {
    "import": bring_in.import_files,
    "recognise": recognise.recognise_file,
    "watch": watch.watched_folders,
    "boundaries": boundaries.boundaries,
    "demo": demo.demo,
    "ask": ask.ask,
    "names": names.names,
    "population": names.population,
    "export": export.export,
    "batches": batches.list_batches,
    "undo": batches.undo,
}


def main(argv: list[str]) -> int:
    """
    Carry out one command line and return its exit code.

    Parameters
    ----------
    argv
        The words after `python -m data`.
    """
    try:
        settings = read_settings()
    except Problem as problem:
        _print("err", words.sentence(problem) + "\n")
        return 2
    words.language.set(settings.lang)
    # help is written before the words are parsed
    asked = dict(itertools.pairwise(argv)).get("--lang")
    if asked in words.LANGUAGES:
        words.language.set(asked)
    # wrong use, help and the schema need no store
    early = _parsed(argv, _print)
    if isinstance(early, int):
        return early
    code = remote.carry_out(settings, argv, _print)
    if code is not None:
        return code
    if early.command == "ask" and early.schema:
        return ask.schema(early, _print)
    try:
        store = open_store(settings)
    except Problem as problem:
        _print("err", words.sentence(problem) + "\n")
        return 1
    try:
        return carry_out(argv, store, settings.home, Path.cwd(), _print)
    finally:
        store.close()


def carry_out(argv: list[str], store: Store, home: Path, cwd: Path, say: Say) -> int:
    """
    Carry out one command on an open store.

    Parameters
    ----------
    argv
        The words after `python -m data`.
    store
        The store, open for writing.
    home
        Where rejected rows go.
    cwd
        What relative paths are relative to.
    say
        Takes the output, piece by piece.

    Returns
    -------
    code
        0, 1 or 2 as above; a fault of our own is 1, with its traceback in `err`.
    """
    parsed = _parsed(argv, say)
    if isinstance(parsed, int):
        return parsed
    words.language.set(parsed.lang or words.language.get())
    parsed.cwd, parsed.home = cwd, home
    try:
        return DEEDS[parsed.command](parsed, store, say)
    except Usage as wrong:
        say("err", f"{wrong}\n")
        return 2
    except Problem as problem:
        say("err", words.sentence(problem) + "\n")
        return 1
    except Exception:  # the last line of defence: an operator gets a sentence, the log the rest
        say("err", words.t("cli.fault") + "\n" + traceback.format_exc())
        return 1


def _parsed(argv: list[str], say: Say):
    try:
        return build_parser().parse_args(argv)
    except Usage as wrong:
        say("out" if wrong.code == 0 else "err", f"{wrong}\n")
        return wrong.code


def _print(stream: str, text: str) -> None:
    file = sys.stdout if stream == "out" else sys.stderr
    try:
        file.write(text)
        file.flush()
    except BrokenPipeError:
        # the reader (head, a closed terminal) has gone: nothing left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
