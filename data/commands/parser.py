"""What a command line may say. Every help text is in the catalogue."""

import argparse
import math
from datetime import date, datetime
from typing import NoReturn

from data.commands import columns, recognise, watch
from data.complaints import STATES
from data.exports import EXPORTS, FORMATS
from data.questions import QUESTIONS
from data.scope import COUNTINGS
from data.totals import STEPS
from data.words import LANGUAGES, t

# what can be done with names
NAME_DEEDS = ("list", "propose", "accept", "reject", "import", "export")
# of a whole number on the command line: no store has more rows
DIGITS = 12


class Usage(Exception):
    """The end of a parse: help that was asked for (code 0) or wrong use (code 2)."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong by raising, so that a server can carry out commands too."""

    def error(self, message: str) -> NoReturn:
        raise Usage(f"{self.format_usage()}{message}")

    def print_help(self, file: object = None) -> NoReturn:  # noqa: ARG002
        raise Usage(self.format_help().rstrip(), 0)


def build_parser() -> argparse.ArgumentParser:
    """The parser of `python -m data`."""
    parser = _Parser(prog="python -m data", description=t("cli.about"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _import(commands.add_parser("import", help=t("cli.import"), description=t("cli.import")))
    for name, arguments in (("recognise", recognise.arguments), ("watch", watch.arguments)):
        arguments(commands.add_parser(name, help=t(f"cli.{name}"), description=t(f"cli.{name}")))
    _boundaries(commands.add_parser("boundaries", help=t("cli.boundaries"), description=t("cli.boundaries")))
    _demo(commands.add_parser("demo", help=t("cli.demo"), description=t("cli.demo")))
    _ask(commands.add_parser("ask", help=t("cli.ask"), description=t("cli.ask")))
    _export(commands.add_parser("export", help=t("cli.export"), description=t("cli.export")))
    _names(commands.add_parser("names", help=t("cli.names"), description=t("cli.names")))
    _population(commands.add_parser("population", help=t("cli.population"), description=t("cli.population")))
    _batches(commands.add_parser("batches", help=t("cli.batches"), description=t("cli.batches")))
    _undo(commands.add_parser("undo", help=t("cli.undo"), description=t("cli.undo")))
    for command in commands.choices.values():
        command.add_argument("--lang", choices=LANGUAGES, help=t("cli.lang"))
    return parser


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=t("cli.files"))
    columns.add_columns(parser)
    parser.add_argument("--save-profile", metavar="NAME", help=t("cli.save_profile"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _boundaries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help=t("cli.boundary_file"))
    parser.add_argument("--describe", action="store_true", help=t("cli.describe"))
    parser.add_argument("--level", metavar="NAME", help=t("cli.level_name"))
    parser.add_argument("--id", metavar="COL", dest="id_column", help=t("cli.id"))
    parser.add_argument("--name", metavar="COL", dest="name_column", help=t("cli.name"))
    parser.add_argument("--parent", metavar="COL", dest="parent_column", help=t("cli.parent"))
    parser.add_argument("--crs", metavar="wgs84|gcj02|bd09|cgcs2000|EPSG:n", help=t("cli.crs"))
    parser.add_argument("--layer", metavar="NAME", help=t("cli.layer"))
    parser.add_argument("--encoding", metavar="NAME", help=t("cli.encoding"))
    parser.add_argument("--valid-from", type=_day, metavar="DATE", help=t("cli.valid_from"))
    parser.add_argument("--valid-to", type=_day, metavar="DATE", help=t("cli.valid_to"))
    parser.add_argument("--replace", action="store_true", dest="replacing", help=t("cli.replace"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--complaints", type=_count, default=600_000, metavar="N", help=t("cli.complaints"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=t("cli.seed"))
    parser.add_argument("--until", type=_moment, metavar="DATE", help=t("cli.until_demo"))
    parser.add_argument("--if-empty", action="store_true", help=t("cli.if_empty"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "question", nargs="?", choices=(*QUESTIONS, "complaint"), metavar="QUESTION",
        help=t("cli.question", names=", ".join((*QUESTIONS, "complaint"))),
    )  # fmt: skip
    parser.add_argument("--schema", action="store_true", help=t("cli.schema"))
    _scope(parser)
    parser.add_argument("--ticket", metavar="NO", help=t("cli.ticket"))
    parser.add_argument("--source", metavar="NAME", help=t("cli.source"))
    parser.add_argument("--zoom", type=int, default=11, metavar="N", help=t("cli.zoom"))
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help=t("cli.limit"))
    parser.add_argument("--offset", type=_whole, default=0, metavar="N", help=t("cli.offset"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=tuple(EXPORTS), metavar="WHAT", help=t("cli.export_what", names=", ".join(EXPORTS))
    )
    parser.add_argument("--format", choices=FORMATS, help=t("cli.format"))
    parser.add_argument("--out", required=True, metavar="FILE", help=t("cli.out"))
    _scope(parser)
    parser.add_argument("--zoom", type=int, default=14, metavar="N", help=t("cli.zoom"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _batches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _undo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", type=_count, metavar="BATCH", help=t("cli.undo_batch"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", nargs="?", choices=NAME_DEEDS, default=NAME_DEEDS[0], help=t("cli.names_deed"))
    parser.add_argument("what", nargs="?", metavar="NAME|FILE", help=t("cli.names_which"))
    parser.add_argument("--level", metavar="NAME", help=t("cli.level"))
    parser.add_argument("--code", metavar="ID", help=t("cli.names_code"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _population(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=t("cli.population_file"))
    parser.add_argument("--level", required=True, metavar="NAME", help=t("cli.level"))
    parser.add_argument("--id", metavar="COL", dest="id_column", help=t("cli.id"))
    parser.add_argument("--name", metavar="COL", dest="name_column", help=t("cli.name"))
    parser.add_argument("--people", required=True, metavar="COL", help=t("cli.people"))
    parser.add_argument("--on", required=True, type=_day, metavar="DATE", help=t("cli.counted_on"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _scope(parser: argparse.ArgumentParser) -> None:
    """What a question or a file is asked over, and how it is cut."""
    parser.add_argument("--since", type=_day, metavar="DATE", help=t("cli.since"))
    parser.add_argument("--until", type=_day, metavar="DATE", help=t("cli.until"))
    parser.add_argument("--as-of", type=_moment, metavar="DATETIME", help=t("cli.as_of"))
    parser.add_argument("--vintage", type=_day, metavar="DATE", help=t("cli.vintage"))
    parser.add_argument("--level", metavar="NAME", help=t("cli.level"))
    parser.add_argument("--area", action="append", default=[], metavar="[LEVEL:]ID", help=t("cli.area"))
    parser.add_argument("--category", action="append", default=[], metavar="A/B/C", help=t("cli.category"))
    parser.add_argument("--channel", action="append", default=[], metavar="NAME", help=t("cli.channel"))
    parser.add_argument("--counting", choices=COUNTINGS, default="all", help=t("cli.counting"))
    parser.add_argument("--step", choices=STEPS, default="day", help=t("cli.step"))
    parser.add_argument("--depth", type=int, choices=(1, 2, 3), default=1, help=t("cli.depth"))
    parser.add_argument("--by", metavar="LEVEL|unit", help=t("cli.by"))
    parser.add_argument("--bbox", type=_bbox, metavar="W,S,E,N", help=t("cli.bbox"))
    parser.add_argument("--state", choices=STATES, default="all", help=t("cli.state"))
    parser.add_argument("--text", default="", metavar="TEXT", help=t("cli.text"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(t("cli.bad_date", value=text)) from error


def _moment(text: str) -> datetime:
    """A moment; a day alone is its last second."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise argparse.ArgumentTypeError(t("cli.bad_moment", value=text)) from error
    return moment.replace(hour=23, minute=59, second=59) if len(text) <= 10 else moment


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > DIGITS:
        raise argparse.ArgumentTypeError(t("cli.bad_count", value=text[:40]))
    return int(text)


def _count(text: str) -> int:
    number = _whole(text)
    if not number:
        raise argparse.ArgumentTypeError(t("cli.bad_count", value=text))
    return number


def _bbox(text: str) -> tuple[float, ...]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(t("cli.bad_bbox", value=text)) from error
    if not (west < east and south < north and all(map(math.isfinite, (west, south, east, north)))):
        raise argparse.ArgumentTypeError(t("cli.bad_bbox", value=text))
    return west, south, east, north
