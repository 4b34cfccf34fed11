"""What can be exported: lists and tables of a scope, and layers with their shapes, as rows in pages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from data import words
from data.areas import areas, bounds, shapes
from data.categories import categories
from data.complaints import all_complaints
from data.exports.facts import Fact, asked
from data.exports.options import read_options
from data.heat import cell_degrees
from data.precisions import precisions
from data.questions import FLAG, NUMBER, QUESTIONS, TEXT, WHOLE, Column
from data.rates import board, pooled, rates_by_area
from data.scope import Scope
from data.store import Store
from data.totals import received, totals, trend

FORMATS = ("csv", "xlsx", "gpkg", "parquet")
TABLE = ("csv", "xlsx", "parquet")
WORLD = (-180.0, -90.0, 180.0, 90.0)
METRES_PER_DEGREE = 111_320
PAGE_ROWS = 20_000

SYNTHETIC = Column("synthetic", FLAG)
_AREA = (Column("area_id", TEXT), Column("name", TEXT))
_PLACE = tuple(Column(name, NUMBER, "degrees WGS84") for name in ("lon", "lat"))


def _of(question: str, *without: str) -> tuple[Column, ...]:
    """The columns of a question but some, with the mark of made-up data last."""
    return (*(c for c in QUESTIONS[question].columns if c.name not in (*without, "synthetic")), SYNTHETIC)


COMPLAINTS = _of("complaints", "complaint_id", "deadline_stated")
_MEASURES = _of("rates_by_area", "area_id", "area_key", "name", "parent_key")
AREAS = (
    *_AREA, Column("level", TEXT), Column("parent_id", TEXT), Column("area_km2", NUMBER, "km2"), *_PLACE, *_MEASURES,
)  # fmt: skip
_RANKED = tuple(c for c in QUESTIONS["rankings"].columns if c.name in ("rank", "rank_change"))
_SCORED = tuple(c for c in QUESTIONS["rankings"].columns if c.name == "score_change")
HEAT = (*_PLACE, Column("complaints", WHOLE, "complaints"), SYNTHETIC)


@dataclass
class Content:
    """
    What goes into one file, to be written once.

    Attributes
    ----------
    name
        Name of the export, which is also the name of a layer.
    lang
        zh or en, the language of headers, notes and words.
    columns
        Columns of `pages`, in order.
    pages
        The rows, in pages of at most some 20,000; they may be read once.
    geometry
        Type of the shapes (GeoParquet's word), '' for a table without.
    wkb
        Shapes of a page's rows (WKB, WGS84, x is longitude), None where a row has none.
    total
        One row that sums up the others, for people; it is no row of the data.
    facts
        What the file says of itself.
    rows, without_point, cut
        Counted while the file is written: its rows, complaints without a usable point,
        texts that were too long for the format.
    """

    columns: tuple[Column, ...]
    pages: Iterable[pd.DataFrame]
    geometry: str = ""
    wkb: Callable[[pd.DataFrame], np.ndarray] | None = None
    total: pd.DataFrame | None = None
    facts: list[Fact] = field(default_factory=list)
    name: str = ""
    lang: str = "zh"
    rows: int = 0
    without_point: int = 0
    cut: int = 0

    def read(self) -> Iterator[pd.DataFrame]:
        """The pages for a table, counted."""
        for page in self.pages:
            self.rows += len(page)
            if self.geometry == "Point":
                self.without_point += int((~has_point(page)).sum())
            yield page

    def counted(self) -> list[Fact]:
        """Everything the file says of itself, after the rows were written."""
        facts = [*self.facts, Fact("rows", self.rows)]
        if self.geometry == "Point":
            facts.append(Fact("without_point", self.without_point))
        return facts + [Fact("cut", self.cut)] * bool(self.cut)


@dataclass(frozen=True)
class Export:
    """One thing that can be exported: `make(store, scope, lang, **options)` gives its content."""

    make: Callable[..., Content]
    options: tuple[str, ...] = ()
    formats: tuple[str, ...] = TABLE


def open_content(store: Store, name: str, scope: Scope, given: Mapping[str, str], lang: str) -> Content:
    """
    What goes into a file; nothing of a list is read yet.

    Parameters
    ----------
    store
        An open store.
    name
        One of `EXPORTS`.
    scope
        What is exported.
    given
        Texts of its options by name, see `data.exports.options`.
    lang
        zh or en.

    Raises
    ------
    ScopeProblem, ExportProblem
        The scope or an option names something that does not exist.
    """
    export = EXPORTS[name]
    options = read_options(store, export.options, given)
    scope.params(store)  # a wrong scope is refused before anything is written
    content = export.make(store, scope, lang, **options)
    content.name, content.lang = name, lang
    content.facts = asked(store, name, scope, options, lang) + content.facts
    return content


# --- lists


def _complaints(store: Store, scope: Scope, _: str, *, state: str, text: str) -> Content:
    found = all_complaints(store, scope, state=state, text=text)
    pages = (page.assign(synthetic=store.synthetic) for page in found)
    return Content(COMPLAINTS, pages, "Point", _points, facts=[Fact("masked")])


def has_point(page: pd.DataFrame) -> np.ndarray:
    """Which complaints of a page have a point that may be drawn; a reason why not always wins."""
    lon, lat = (page[name].to_numpy(float, na_value=np.nan) for name in ("lon", "lat"))
    return page["unlocated_reason"].isna().to_numpy() & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)


def _points(page: pd.DataFrame) -> np.ndarray:
    found = np.full(len(page), None, dtype=object)
    usable = has_point(page)
    lon, lat = (page[name].to_numpy(float, na_value=np.nan)[usable] for name in ("lon", "lat"))
    found[usable] = shapely.to_wkb(shapely.points(lon, lat))
    return found


def _rankings(store: Store, scope: Scope, lang: str, *, by: str) -> Content:
    frame = board(store, scope, by)
    subject = (Column("unit", TEXT),) if by == "unit" else _AREA
    total = pooled(store, frame, scope).assign(synthetic=store.synthetic)
    total[subject[-1].name] = words.t("rankings.total", lang)
    # nobody counts the residents of a unit
    measures = tuple(column for column in _MEASURES[:-1] if column.name in frame)
    columns = (*_RANKED, *subject, *measures, *_SCORED, SYNTHETIC)
    facts = [] if by == "unit" else _not_there(store, scope, by)
    return Content(columns, [_marked(store, frame)], total=total if len(frame) else None, facts=facts)


def _marked(store: Store, frame: pd.DataFrame) -> pd.DataFrame:
    """An answer with the mark of made-up data: its figures are, or its areas are."""
    of_areas = frame["synthetic"].fillna(False).astype(bool) if "synthetic" in frame else False
    return frame.assign(synthetic=of_areas | store.synthetic)


def _not_there(store: Store, scope: Scope, level: str) -> list[Fact]:
    """How many complaints are in no row: those of the period in no area at all, and those in other levels alone."""
    everywhere = Scope(scope.since, scope.until, (), scope.categories, scope.channels, scope.counting)
    known = precisions(store, scope, level)
    elsewhere = int((known["complaints"] - known["placed"] - known["unplaced"]).sum())
    return [Fact("unplaced", received(store, everywhere)[1]), Fact("elsewhere", elsewhere)]


def _categories(store: Store, scope: Scope, _: str, *, depth: int) -> Content:
    return Content(_of("categories"), [_marked(store, categories(store, scope, depth))])


def _trend(store: Store, scope: Scope, _: str, *, step: str) -> Content:
    return Content(_of("trend"), [_marked(store, trend(store, scope, step))])


def _totals(store: Store, scope: Scope, _: str) -> Content:
    return Content(_of("totals"), [_marked(store, totals(store, scope))])


# --- layers


def _areas(store: Store, scope: Scope, _: str, *, level: str) -> Content:
    rates = rates_by_area(store, scope, level)
    known = areas(store, scope.boundaries_on, level=level).set_index("area_key")
    # a parent may be of another vintage
    codes = dict(store.cursor().execute("select area_key, code from areas").fetchall())
    shaped = shapes(store, scope.boundaries_on, level).set_index("area_key").geometry
    frame = _marked(store, rates).assign(level=level, parent_id=rates["parent_key"].map(codes))
    for name in ("area_km2", "lon", "lat"):
        frame[name] = rates["area_key"].map(known[name])
    frame["geometry"] = rates["area_key"].map(shaped)
    return Content(AREAS, _paged(frame), "MultiPolygon", _polygons, facts=_not_there(store, scope, level))


def _paged(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (frame.iloc[start : start + PAGE_ROWS] for start in range(0, len(frame), PAGE_ROWS))


def _polygons(page: pd.DataFrame) -> np.ndarray:
    """Every shape as one kind, as a layer wants them."""
    each = (shapely.multipolygons([one]) if one.geom_type == "Polygon" else one for one in page["geometry"])
    return shapely.to_wkb(np.array(list(each), dtype=object))


def _heat(store: Store, scope: Scope, _: str, *, zoom: int, bbox: tuple[float, ...] | None) -> Content:
    # cells are square on the ground in the middle of what is asked for, else of the areas
    middle = bbox or bounds(store, scope.areas, scope.boundaries_on)
    width, height = cell_degrees(WORLD if middle[0] is None else middle, zoom)
    west, south, east, north = bbox or WORLD
    view = {"west": west, "south": south, "east": east, "north": north}
    frame = store.ask(
        "heat_cells", facts="complaints", cell_lon=width, cell_lat=height, **view, **scope.params(store)
    )  # fmt: skip
    frame["lon"], frame["lat"] = (frame["cell_x"] + 0.5) * width, (frame["cell_y"] + 0.5) * height

    def cells(page: pd.DataFrame) -> np.ndarray:
        x, y = page["cell_x"].to_numpy(), page["cell_y"].to_numpy()
        return shapely.to_wkb(shapely.box(x * width, y * height, (x + 1) * width, (y + 1) * height))

    located = int(frame["complaints"].sum())
    facts = [Fact("cell_m", round(height * METRES_PER_DEGREE, 1)), Fact("located", located)]
    if bbox is None:
        facts.append(Fact("without_point", received(store, scope)[0] - located))
    return Content(HEAT, _paged(_marked(store, frame)), "Polygon", cells, facts=facts)


EXPORTS: dict[str, Export] = {
    "complaints": Export(_complaints, ("state", "text"), FORMATS),
    "areas": Export(_areas, ("level",), FORMATS),
    "heat": Export(_heat, ("zoom", "bbox"), FORMATS),
    "rankings": Export(_rankings, ("by",)),
    "categories": Export(_categories, ("depth",)),
    "trend": Export(_trend, ("step",)),
    "totals": Export(_totals),
}
