"""What becomes of complaints: stages with their times, and the call-back's outcome."""

from dataclasses import dataclass

import numpy as np

from data.city.plan import Plan, generator

DAY = 86_400
SOLVED = ("yes", "part", "no")
SATISFIED = ("yes", "basically", "no", "unrated")


@dataclass(frozen=True)
class Effects:
    """How much better or worse than the city streets, units and communities are, as shares; and who changes."""

    solved_street: np.ndarray
    satisfied_street: np.ndarray
    valid_street: np.ndarray
    solved_unit: np.ndarray
    solved_community: np.ndarray
    trend_solved: np.ndarray
    trend_volume: np.ndarray


@dataclass(frozen=True)
class Asked:
    """What the outcome of each complaint depends on; arrays of one length."""

    received: np.ndarray  # seconds since 1970
    elapsed: np.ndarray  # part of the year gone by, 0-1
    deadline_hours: np.ndarray
    hard: np.ndarray
    street: np.ndarray
    community: np.ndarray
    unit: np.ndarray
    repeated: np.ndarray


def make_effects(plan: Plan, seed: int, streets: list[str], communities: int, units: int) -> Effects:
    """The levels of a city's parts; `streets` are codes, `units` counts streets and departments."""
    facts, rng = plan.city["outcomes"], generator(seed, 12)
    trends = {row["code"]: row for row in plan.city["trend"]}
    changes = {key: np.array([trends.get(code, {}).get(key, 0.0) for code in streets]) for key in ("solved", "volume")}
    # a street that changes starts from the average, so that its change is not drowned
    still = changes["solved"] == 0
    return Effects(
        solved_street=rng.normal(0, facts["spread_street"], len(streets)) * still,
        satisfied_street=rng.normal(0, facts["spread_street"], len(streets)) * still,
        valid_street=rng.normal(0, facts["spread_call_back"], len(streets)).clip(-0.03, 0.015),
        solved_unit=rng.normal(0, facts["spread_unit"], units),
        solved_community=rng.normal(0, facts["spread_community"], communities),
        trend_solved=changes["solved"],
        trend_volume=changes["volume"],
    )


def stages(plan: Plan, asked: Asked, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """
    When each complaint is dispatched, its caller contacted, it is closed and called back.

    Returns
    -------
    times
        Seconds since 1970 under `dispatched`, `contacted`, `closed` and
        `called_back`, in this order for every complaint and never before its
        receipt; `late` says whether it is closed after its deadline. A complaint
        that is never closed has a time centuries away.
    """
    facts, rows = plan.city["stages"], len(asked.received)
    allowed = asked.deadline_hours * 3600
    due = asked.received + allowed
    wait = np.exp(rng.normal(np.log(facts["dispatch_minutes"] * 60), facts["dispatch_sigma"], rows))
    dispatched = asked.received + np.clip(wait, 30, allowed * 0.2).astype(np.int64)
    wait = np.exp(rng.normal(np.log(facts["contact_minutes"] * 60), facts["contact_sigma"], rows))
    wait = np.where(asked.deadline_hours <= 2, wait * 0.25, wait)
    contacted = dispatched + np.clip(wait, 60, allowed * 0.4).astype(np.int64)
    late = rng.random(rows) < facts["late"]
    taken = np.where(late, 1.01 + rng.exponential(0.5, rows), rng.beta(1.6, 2.6, rows) * 0.99)
    closed = np.maximum(asked.received + (allowed * taken).astype(np.int64), contacted + 60)
    # what takes days is closed in working hours, unless that moved it over its deadline or back
    office = closed // DAY * DAY + (DAY * (8.5 + 9.5 * rng.beta(2, 2, rows)) / 24).astype(np.int64)
    office = np.where(office < contacted + 60, office + DAY, office)
    closed = np.where((asked.deadline_hours > 24) & ((office > due) == late), office, closed)
    wait = np.exp(rng.normal(np.log(facts["call_back_days"] * DAY), facts["call_back_sigma"], rows))
    called_back = (closed + wait.astype(np.int64)) // DAY * DAY + rng.integers(9 * 3600, 20 * 3600, rows)
    called_back = np.where(called_back < closed + 600, called_back + DAY, called_back)
    never = rng.random(rows) < facts["never"]
    far = np.int64(10**11)
    return {
        "dispatched": dispatched,
        "contacted": contacted,
        "closed": np.where(never, far, closed),
        "called_back": np.where(never, far, called_back),
        "late": late,
    }


def outcomes(
    plan: Plan, asked: Asked, effects: Effects, late: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """
    What a call-back finds.

    Returns
    -------
    found
        `tried` (there is a call-back at all), `valid`, `contacted` (bool),
        `solved` and `satisfied` (positions in `SOLVED` and `SATISFIED`). Without
        a valid call-back the last three mean nothing.
    """
    facts, rows = plan.city["outcomes"], len(asked.received)
    valid_share = facts["valid"] + effects.valid_street[asked.street]
    draw = rng.random(rows)
    valid, tried = draw < valid_share, draw < valid_share + facts["tried"]
    contacted = rng.random(rows) < facts["contacted"]
    level = (
        facts["solved"]
        + effects.solved_street[asked.street]
        + effects.solved_unit[asked.unit]
        + effects.solved_community[asked.community]
        + effects.trend_solved[asked.street] * (asked.elapsed - 0.5)
        + plan.city["repeats"]["solved"] * asked.repeated
        + facts["late_solved"] * late
        - asked.hard
    ).clip(0.3, 0.998)
    draw = rng.random(rows)
    partly = level + (1 - level) * facts["partly"]
    solved = (draw >= level).astype(np.int8) + (draw >= partly)
    shares = np.array([facts[f"satisfied_if_{name}"] for name in ("solved", "partly", "not")])
    limits = np.cumsum(shares, axis=1)[solved]
    draw = (rng.random(rows) - effects.satisfied_street[asked.street]).clip(0, 1 - 1e-9)
    satisfied = (draw[:, None] >= limits[:, :3]).sum(axis=1)
    return {"tried": tried, "valid": valid, "contacted": contacted, "solved": solved, "satisfied": satisfied}
