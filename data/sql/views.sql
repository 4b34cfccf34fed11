-- The facts: the same columns from four sources, so that a question reads the cheapest one that covers its scope.
-- One row per complaint and clock, or sums of such rows; `counted_at` is the moment (or half-day) on that clock.
create or replace view facts_complaints as
select
    'received' as clock, received_at as counted_at, place_id, category_id, channel_id, assessed,
    complaint_id, if(unlocated_reason is null, lon, null) as lon, if(unlocated_reason is null, lat, null) as lat,
    1 as received, 0 as closed, (closed_at is null)::integer as still_open,
    is_closed_late(closed_at, deadline_at)::integer as closed_late, (place_id = 0)::integer as unplaced,
    has_call_back(valid)::integer as valid, is_contacted(valid, contacted)::integer as contacted,
    is_solved(valid, solved)::integer as solved, is_partly_solved(valid, solved)::integer as partly,
    is_satisfied(valid, satisfied)::integer as satisfied,
    is_basically_satisfied(valid, satisfied)::integer as basically, is_unrated(valid, satisfied)::integer as unrated,
    (has_call_back(valid) and contacted is not null)::integer as contact_stated,
    (has_call_back(valid) and solved is not null)::integer as solution_stated,
    (has_call_back(valid) and satisfied is not null)::integer as opinion_stated
from complaints
union all
select
    'closed', closed_at, place_id, category_id, channel_id, assessed, complaint_id, null, null,
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from complaints
where closed_at is not null;

create or replace view facts_work_orders as
select
    'received' as clock, w.received_at as counted_at, w.unit_id, c.place_id, c.category_id, c.channel_id, c.assessed,
    1 as received, 0 as closed, (w.closed_at is null)::integer as still_open,
    is_closed_late(w.closed_at, c.deadline_at)::integer as closed_late, (c.place_id = 0)::integer as unplaced,
    has_call_back(c.valid)::integer as valid, is_contacted(c.valid, c.contacted)::integer as contacted,
    is_solved(c.valid, c.solved)::integer as solved, is_partly_solved(c.valid, c.solved)::integer as partly,
    is_satisfied(c.valid, c.satisfied)::integer as satisfied,
    is_basically_satisfied(c.valid, c.satisfied)::integer as basically,
    is_unrated(c.valid, c.satisfied)::integer as unrated,
    (has_call_back(c.valid) and c.contacted is not null)::integer as contact_stated,
    (has_call_back(c.valid) and c.solved is not null)::integer as solution_stated,
    (has_call_back(c.valid) and c.satisfied is not null)::integer as opinion_stated
from work_orders w join complaints c using (complaint_id)
where not w.transferred
union all
select
    'closed', w.closed_at, w.unit_id, c.place_id, c.category_id, c.channel_id, c.assessed,
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from work_orders w join complaints c using (complaint_id)
where not w.transferred and w.closed_at is not null;

create or replace view facts_wards as
select *, null::integer as category_id, null::integer as channel_id from rollup_wards;

create or replace view facts_categories as
select *, null::integer as place_id from rollup_categories;

create or replace view facts_units as
select *, null::integer as place_id, null::integer as category_id, null::integer as channel_id from rollup_units;

-- The areas of the vintage that holds on a day; on a day on which none of a level holds, those of the last day before it
-- on which one did, and before all of them the first ones.
create or replace macro areas_on(on_day) as table
    select * exclude (shown_on)
    from (
        select
            *,
            case
                when bool_or(holds_on(valid_from, valid_to, on_day::date)) over one_level then on_day::date
                else coalesce(
                    max(if(valid_to <= on_day::date, valid_to, null)) over one_level - 1, min(valid_from) over one_level
                )
            end as shown_on
        from areas
        window one_level as (partition by level)
    )
    where holds_on(valid_from, valid_to, shown_on);

-- The residents of the areas that hold on `boundaries_on`, by the last count not later than `last_day`. A count is of an
-- area as it was that day: of one that was cut anew since (its size is another by more than a twentieth) it says nothing.
create or replace macro residents_on(one_level, boundaries_on, last_day) as table
    select a.area_key, arg_max(p.people, p.counted_on) as people, max(p.counted_on) as counted_on
    from areas_on(boundaries_on) a
    join population p on p.level = a.level and p.code = a.code and p.counted_on <= last_day::date
    left join areas c
        on c.level = p.level and c.code = p.code and holds_on(c.valid_from, c.valid_to, p.counted_on)
    where a.level = one_level and coalesce(abs(c.area_km2 / a.area_km2 - 1) <= 0.05, true)
    group by a.area_key;
