-- The roll-ups without the complaints in `changing` where they were, and with them where they are.
create or replace temp table moved_counts as
with facts as (
    select
        clock, half_day(counted_at) as counted_at, old_ward, new_ward, was_unplaced, is_unplaced, assessed,
        sum(received) as received, sum(closed) as closed, sum(still_open) as still_open, sum(closed_late) as closed_late,
        count_if(clock = 'received') as complaints, sum(valid) as valid, sum(contacted) as contacted,
        sum(solved) as solved, sum(partly) as partly, sum(satisfied) as satisfied, sum(basically) as basically,
        sum(unrated) as unrated, sum(contact_stated) as contact_stated, sum(solution_stated) as solution_stated,
        sum(opinion_stated) as opinion_stated
    from facts_complaints
    join changing using (complaint_id)
    group by all
),
ends as (
    select *, old_ward as place_id, -1 as sign, if(was_unplaced, complaints, 0) as unplaced from facts
    union all
    select *, new_ward, 1, if(is_unplaced, complaints, 0) from facts
)
select
    clock, counted_at, place_id, assessed, sign * received as received, sign * closed as closed,
    sign * still_open as still_open, sign * closed_late as closed_late, sign * unplaced as unplaced,
    sign * valid as valid, sign * contacted as contacted, sign * solved as solved, sign * partly as partly,
    sign * satisfied as satisfied, sign * basically as basically, sign * unrated as unrated,
    sign * contact_stated as contact_stated, sign * solution_stated as solution_stated,
    sign * opinion_stated as opinion_stated
from ends;
create or replace temp table touched_counts as
select distinct clock, counted_at, place_id, assessed from moved_counts;
create or replace temp table counted_anew as
select
    clock, counted_at, place_id, assessed, sum(columns(* exclude (clock, counted_at, place_id, assessed)))::bigint
from (
    select r.*
    from rollup_wards r
    semi join touched_counts t
        on t.clock = r.clock and t.counted_at = r.counted_at and t.place_id = r.place_id
        and t.assessed is not distinct from r.assessed
    union all by name
    select * from moved_counts
)
group by all;
delete from rollup_wards r using touched_counts t
where t.clock = r.clock and t.counted_at = r.counted_at and t.place_id = r.place_id
    and t.assessed is not distinct from r.assessed;
insert into rollup_wards
select * from counted_anew where received <> 0 or closed <> 0 order by counted_at, place_id;
-- a row that comes and goes: without one, readers see rows inserted in bulk before the write has ended
insert into rollup_wards (clock) values (null);
delete from rollup_wards where clock is null;
drop table moved_counts;
drop table touched_counts;
drop table counted_anew;
