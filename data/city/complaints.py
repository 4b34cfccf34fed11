"""The complaints of a stretch of hours, as the columns of the temporary table `incoming`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from data.city import texts
from data.city.addresses import Addresses
from data.city.outcomes import SATISFIED, SOLVED, Asked, Effects, make_effects, outcomes, stages
from data.city.plan import KINDS_OF_PLACE, Plan, generator, key_of, mixed, share
from data.city.seasons import YEAR, counts_by_hour, hours_of

EPOCH = datetime(1970, 1, 1)
_DAY = 86_400


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1)


@dataclass
class City:
    """
    One city and year: what all its complaints share.

    Parameters
    ----------
    plan
        The assumptions.
    addresses
        Where complaints come from.
    complaints, seed, until
        As for `build_city`.
    """

    plan: Plan
    addresses: Addresses
    complaints: int
    seed: int
    until: datetime
    counts: np.ndarray = field(init=False, repr=False)
    effects: Effects = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.counts = counts_by_hour(self.plan, self.until, self.complaints, self.seed)
        places = self.addresses
        units = len(places.streets) + len(self.plan.departments)
        codes = places.streets["code"].tolist()
        self.effects = make_effects(self.plan, self.seed, codes, len(places.communities), units)
        rng = generator(self.seed, 13)
        groups = 1 + max(one.group for one in self.plan.categories)
        spread = self.plan.city["volume"]["category_spread"]
        self._tilt = np.exp(rng.normal(0, spread, (groups, len(places.streets))))
        self._key = key_of(self.seed, 14)
        self._row_key = key_of(self.seed, self.until, self.complaints, 15)

    def pieces(self, most: int) -> list[tuple[int, int]]:
        """
        Cut the year into runs of hours, each within one month and with at most `most` complaints.

        A run ends at midnight where a day has room in it, so that as few
        half-days as possible are counted twice. One hour is never cut.
        """
        first, _ = hours_of(self.until)
        per_hour = self.counts.sum(axis=1)
        cuts, start, held, midnight = [], 0, 0, 0
        for hour, number in enumerate(per_hour.tolist()):
            moment = first + timedelta(hours=hour)
            midnight = hour if moment.hour == 0 else midnight
            new_month = moment.hour == 0 and moment.day == 1
            while hour > start and (new_month or held + number > most):
                cut = midnight if midnight > start else hour
                cuts.append((start, cut))
                start, held = cut, int(per_hour[cut:hour].sum())
            held += number
        return [*cuts, (start, len(per_hour))]

    def rows(self, piece: tuple[int, int]) -> pa.Table:
        """
        The work orders of one piece, in the columns of `incoming`.

        A row per complaint in order of receipt, then a second row for those
        that went to a joint unit too. Nothing in it happened after `until`.
        """
        rng = generator(self.seed, self.until, self.complaints, 3, piece[0])
        received, category, sequence = self._received(piece, rng)
        spot, repeated = self._spots(received, category, rng)
        address = self._address(received, category, spot, repeated, rng)
        street = self.addresses.street[address]
        unit = np.where(self._of("unit")[category] < 0, street, self._of("unit")[category])
        joint = np.where(self._of("joint")[category] < 0, street, self._of("joint")[category])
        asked = Asked(
            received=received,
            elapsed=(received - _seconds(self.until - YEAR)) / YEAR.total_seconds(),
            deadline_hours=self._of("deadline_hours")[category],
            hard=self._of("hard")[category],
            street=street,
            community=self.addresses.community[address],
            unit=unit,
            repeated=repeated,
        )
        columns = self._texts(received, category, sequence, address, rng)
        columns |= self._handling(asked, rng)
        columns |= self._caller(address, spot, repeated, columns["channel"], rng)
        columns["content"] = self._content(category, columns, rng)
        columns["result"] = self._result(asked, columns, rng)
        columns["unit"] = texts.picked(self._units, unit)
        columns["nature"] = pa.repeat(pa.scalar("main"), len(received))
        return self._with_joint(columns, joint, rng, piece)

    @cached_property
    def _units(self) -> pa.Array:
        return pa.array([*self.addresses.streets["name"], *self.plan.departments], pa.string())

    @cached_property
    def _columns_of_categories(self) -> dict[str, np.ndarray]:
        streets = len(self.addresses.streets)
        number = {name: streets + at for at, name in enumerate(self.plan.departments)} | {"street": -1}
        kinds = {name: at for at, name in enumerate(self.plan.city["volume"]["kinds"])}
        some = self.plan.categories
        return {
            "unit": np.array([number[one.unit] for one in some]),
            "joint": np.array([number[one.joint] for one in some]),
            "deadline_hours": np.array([one.deadline_hours for one in some]),
            "hard": np.array([one.hard for one in some]),
            "group": np.array([one.group for one in some]),
            "at": np.array([KINDS_OF_PLACE.index(one.at) for one in some]),
            "kind": np.array([kinds.get(one.kind, -1) for one in some]),
            "texts": np.cumsum([0, *(len(one.texts) for one in some)]),
        }

    def _of(self, name: str) -> np.ndarray:
        return self._columns_of_categories[name]

    def _received(self, piece: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Seconds of receipt in order, categories, and positions in the day."""
        first, _ = hours_of(self.until)
        counts = self.counts[piece[0] : piece[1]]
        hour, category = np.nonzero(counts)
        times = counts[hour, category]
        category = np.repeat(category, times)
        begin = _seconds(first) + 3600 * (piece[0] + np.repeat(hour, times))
        low = np.maximum(begin, _seconds(self.until - YEAR))
        high = np.minimum(begin + 3600, _seconds(self.until))
        received = low + ((high - low) * rng.random(len(low))).astype(np.int64)
        order = np.lexsort((rng.random(len(low)), received))
        received, category = received[order], category[order]
        day = received // _DAY
        starts = np.searchsorted(day, day)
        # a piece may begin inside a day
        begins = first + timedelta(hours=piece[0])
        before = int(self.counts[max(piece[0] - begins.hour, 0) : piece[0]].sum())
        sequence = np.arange(len(day)) - starts + np.where(day == _seconds(begins) // _DAY, before, 0) + 1
        return received, category, sequence

    def _spots(self, received: np.ndarray, category: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """
        Which complaints concern a spot that others complain about in the same weeks, and a number for the spot.

        Spots are not kept anywhere: category, weeks and rank give the number,
        and the number gives the address.
        """
        facts = self.plan.city["repeats"]
        repeated = rng.random(len(received)) < facts["share"]
        yearly = self.counts.sum(axis=0) * facts["share"] * facts["days"] / 365
        spots = np.maximum(yearly / facts["per_spot"], 1.0)[category]
        rank = (spots * rng.random(len(received)) ** 2).astype(np.int64)
        shift = share(mixed(category, rank, self._key))
        epoch = np.floor(received / (_DAY * facts["days"]) + shift).astype(np.int64)
        return mixed(category, rank, epoch, self._key), repeated

    def _address(
        self,
        received: np.ndarray,
        category: np.ndarray,
        spot: np.ndarray,
        repeated: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Positions of addresses: a spot's own, or one drawn by weight."""
        draw = np.where(repeated, share(mixed(spot, 1)), rng.random(len(received)))
        elapsed = (received.mean() - _seconds(self.until - YEAR)) / YEAR.total_seconds() if len(received) else 0.5
        volume = 1 + self.effects.trend_volume * (elapsed - 0.5)
        address = np.zeros(len(received), dtype=np.int64)
        kinds = self._of("group")[category] * len(KINDS_OF_PLACE) + self._of("at")[category]
        for kind in np.unique(kinds).tolist():
            group, at = divmod(kind, len(KINDS_OF_PLACE))
            some = np.flatnonzero(self.addresses.kind == at)
            street = self.addresses.street[some]
            weight = self.addresses.weight[some] * self._tilt[group][street]
            # a spot stays where it is while the volume of its street changes
            for those, factor in ((repeated, 1.0), (~repeated, volume[street])):
                here = np.flatnonzero((kinds == kind) & those)
                limits = np.cumsum(weight * factor)
                at_weight = np.searchsorted(limits, draw[here] * limits[-1], side="right")
                address[here] = some[np.minimum(at_weight, len(some) - 1)]
        return address

    def _texts(
        self,
        received: np.ndarray,
        category: np.ndarray,
        sequence: np.ndarray,
        address: np.ndarray,
        rng: np.random.Generator,
    ) -> dict[str, pa.Array]:
        volume, rows = self.plan.city["volume"], len(received)
        levels = list(zip(*(one.levels for one in self.plan.categories), strict=True))
        lost = rng.random(rows) < volume["unlocated"]
        own = self._of("kind")[category]
        kind = np.where((own >= 0) & (rng.random(rows) < 0.6), own, _drawn(volume["kinds"], rng, rows))
        place = self.addresses
        named = texts.picked(place.communities["name"].tolist(), place.community[address])
        within = texts.picked(place.streets["name"].tolist(), place.street[address])
        where = np.where(lost, -1, address)
        titles = self._titles(named, within, lost, texts.picked(list(levels[2]), category), rng)
        return {
            "ticket_no": texts.ticket_numbers((received // _DAY).astype("datetime64[D]"), sequence),
            "received_at": texts.moments(received),
            **{f"level_{i + 1}": texts.picked(list(levels[i]), category) for i in range(3)},
            "channel": texts.picked(list(volume["channels"]), _drawn(volume["channels"], rng, rows)),
            "kind": texts.picked(list(volume["kinds"]), kind),
            "title": titles,
            "address": texts.picked(place.text, where, missing=lost),
            "stated_area": within,
            "lon": pa.array(place.lon[address], mask=lost),
            "lat": pa.array(place.lat[address], mask=lost),
            "unlocated_reason": texts.picked(["missing"], np.zeros(rows, dtype=np.int32), missing=~lost),
            "place_id": pa.array(np.where(lost, 0, place.place_id[address]).astype(np.int32)),
            "urgency": self._urgency(category),
        }

    def _urgency(self, category: np.ndarray) -> pa.Array:
        return pa.array([one.urgency or None for one in self.plan.categories], pa.string()).take(pa.array(category))

    def _titles(
        self, named: pa.Array, within: pa.Array, lost: np.ndarray, what: pa.Array, rng: np.random.Generator
    ) -> pa.Array:
        where = pa.compute.if_else(pa.array(lost), within, named)
        patterns = self.plan.city["texts"]["titles"]
        cut = [pattern.replace("{where}", "\0w\0").replace("{what}", "\0t\0").split("\0") for pattern in patterns]
        style = rng.integers(len(cut), size=len(lost))
        made = [texts.joined(*({"w": where, "t": what}.get(part, part) for part in parts)) for parts in cut]
        return pa.compute.choose(pa.array(style), *made)

    def _handling(self, asked: Asked, rng: np.random.Generator) -> dict[str, pa.Array]:
        """Stages and outcome, as far as they lie before `until`."""
        facts, rows = self.plan.city["stages"], len(asked.received)
        times = stages(self.plan, asked, rng)
        found = outcomes(self.plan, asked, self.effects, times["late"], rng)
        end = _seconds(self.until)
        known = {name: times[name] <= end for name in ("dispatched", "contacted", "closed", "called_back")}
        asked_back = found["tried"] & known["called_back"]
        answered = found["valid"] & asked_back
        excluded = rng.random(rows) < facts["excluded"]
        reason = rng.integers(len(facts["reasons"]), size=rows)
        status = np.where(known["closed"], 2, known["dispatched"].astype(int))
        return {
            "dispatched_at": texts.moments(times["dispatched"], ~known["dispatched"]),
            "contacted_at": texts.moments(times["contacted"], ~known["contacted"] | (answered & ~found["contacted"])),
            "closed_at": texts.moments(times["closed"], ~known["closed"]),
            "called_back_at": texts.moments(times["called_back"], ~asked_back),
            "status": texts.picked(["待派单", "办理中", "回复完成"], status),
            "valid": pa.array(found["valid"], mask=~asked_back),
            "contacted": pa.array(found["contacted"], mask=~answered),
            "solved": texts.picked(list(SOLVED), found["solved"], missing=~answered),
            "satisfied": texts.picked(list(SATISFIED), found["satisfied"], missing=~answered),
            "assessed": pa.array(~excluded),
            "exclude_reason": texts.picked(facts["reasons"], reason, missing=~excluded),
        }

    def _caller(
        self,
        address: np.ndarray,
        spot: np.ndarray,
        repeated: np.ndarray,
        channel: pa.Array,
        rng: np.random.Generator,
    ) -> dict[str, pa.Array]:
        facts, rows = self.plan.city["repeats"], len(address)
        households = self.plan.city["addresses"]["households"]
        regular = repeated & (rng.random(rows) < facts["same_caller"])
        # few households call often
        household = (households * rng.random(rows) ** 2).astype(np.int64)
        caller = np.where(
            regular, mixed(spot, (rng.random(rows) < 0.3).astype(int), self._key), mixed(address, household, self._key)
        )
        patrol = pa.compute.equal(channel, "grid_patrol").to_numpy(zero_copy_only=False)
        unknown = patrol | (rng.random(rows) < facts["anonymous"])
        hashes = texts.fixed(texts.caller_hashes(caller, self._key))
        return {"caller_hash": pa.compute.if_else(pa.array(unknown), pa.scalar(None, pa.string()), hashes)}

    @cached_property
    def _sentences(self) -> tuple[pa.Array, pa.Array]:
        pairs = [pair for one in self.plan.categories for pair in one.texts]
        return pa.array([pair[0] for pair in pairs]), pa.array([pair[1] for pair in pairs])

    def _content(self, category: np.ndarray, columns: dict[str, pa.Array], rng: np.random.Generator) -> pa.Array:
        starts, rows = self._of("texts"), len(category)
        which = starts[category] + (rng.random(rows) * (starts[1:] - starts[:-1])[category]).astype(np.int64)
        before, after = self._sentences
        nowhere = texts.joined(columns["stated_area"], "某处")
        place = pa.compute.coalesce(columns["address"], nowhere)
        text = texts.joined(before.take(pa.array(which)), place, after.take(pa.array(which)))
        # a number the caller left, masked as intake masks it
        head, tail = self.plan.city["texts"]["call_me"].split("{tag}")
        tag = pa.compute.utf8_slice_codeunits(columns["caller_hash"], 0, 6)
        longer = texts.joined(pa.compute.utf8_rtrim(text, "。"), head, tag, tail)
        with_tag = rng.random(rows) < self.plan.city["texts"]["call_me_share"]
        return pa.compute.coalesce(pa.compute.if_else(pa.array(with_tag), longer, text), text)

    def _result(self, asked: Asked, columns: dict[str, pa.Array], rng: np.random.Generator) -> pa.Array:
        """A closing sentence that agrees with the outcome; null while open."""
        pools = [self.plan.city["texts"]["results"][name] for name in SOLVED]
        starts = np.cumsum([0, *(len(pool) for pool in pools)])
        outcome = pa.compute.index_in(columns["solved"], pa.array(SOLVED)).fill_null(0).to_numpy()
        lengths = starts[1:] - starts[:-1]
        which = starts[outcome] + (rng.random(len(outcome)) * lengths[outcome]).astype(np.int64)
        flat = [sentence.split("{unit}") for pool in pools for sentence in pool]
        unit = texts.picked(self._units, asked.unit)
        text = texts.joined(
            texts.picked([one[0] for one in flat], which), unit, texts.picked([one[1] for one in flat], which)
        )
        return pa.compute.if_else(columns["closed_at"].is_null(), pa.scalar(None, pa.string()), text)

    def _with_joint(
        self, columns: dict[str, pa.Array], joint: np.ndarray, rng: np.random.Generator, piece: tuple[int, int]
    ) -> pa.Table:
        """Number the rows, and add those of the second units."""
        main = pa.table(columns)
        rows = main.num_rows
        names = columns["unit"].to_pandas().to_numpy()
        second = texts.picked(self._units, joint)
        also = (rng.random(rows) < self.plan.city["stages"]["joint"]) & (names != second.to_pandas().to_numpy())
        # a second unit is called in while the complaint is handled, and ends with it
        beside = main.filter(pa.array(also)).set_column(
            main.schema.get_field_index("unit"), "unit", second.filter(pa.array(also))
        )
        nature = pa.repeat(pa.scalar("joint"), beside.num_rows)
        beside = beside.set_column(main.schema.get_field_index("nature"), "nature", nature)
        table = pa.concat_tables([main, beside]).combine_chunks()
        first = int(self.counts[: piece[0]].sum())
        number = np.concatenate([np.arange(rows), np.flatnonzero(also)]) + first
        nature = np.repeat([0, 1], [rows, beside.num_rows])
        never = pa.array(np.zeros(table.num_rows, dtype=bool))
        for name in ("closed_before_received", "due_before_received", "bad_closed_time"):
            table = table.append_column(name, never)
        table = table.append_column("row_hash", pa.array(mixed(number, nature, self._row_key)))
        return table.append_column("row_no", pa.array(np.arange(1, table.num_rows + 1)))


def _drawn(shares: dict[str, float], rng: np.random.Generator, rows: int) -> np.ndarray:
    limits = np.cumsum(list(shares.values()))
    return np.searchsorted(limits / limits[-1], rng.random(rows), side="right").clip(max=len(limits) - 1)
