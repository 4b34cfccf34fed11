-- Recount the half-days in `half_days`, all within [$first, $last), from the complaints and work orders. On the clock of
-- closing, facts count nothing but that.
delete from rollup_wards r using half_days h where r.clock = h.clock and r.counted_at = h.counted_at;
insert into rollup_wards
select
    'received', half_day(f.counted_at) as slot, p.ward_id, f.assessed, sum(received), sum(closed), sum(still_open),
    sum(closed_late), sum(unplaced), sum(valid), sum(contacted), sum(solved), sum(partly), sum(satisfied),
    sum(basically), sum(unrated), sum(contact_stated), sum(solution_stated), sum(opinion_stated)
from facts_complaints f
join places p using (place_id)
semi join (from half_days where clock = 'received') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'received' and f.counted_at >= $first and f.counted_at < $last
group by all
union all
select 'closed', half_day(f.counted_at) as slot, p.ward_id, f.assessed, 0, sum(closed), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from facts_complaints f
join places p using (place_id)
semi join (from half_days where clock = 'closed') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'closed' and f.counted_at >= $first and f.counted_at < $last
group by all
order by slot, ward_id;

delete from rollup_categories r using half_days h where r.clock = h.clock and r.counted_at = h.counted_at;
insert into rollup_categories
select
    'received', half_day(f.counted_at) as slot, f.category_id, f.channel_id, f.assessed, sum(received), sum(closed), sum(still_open),
    sum(closed_late), sum(unplaced), sum(valid), sum(contacted), sum(solved), sum(partly), sum(satisfied),
    sum(basically), sum(unrated), sum(contact_stated), sum(solution_stated), sum(opinion_stated)
from facts_complaints f
semi join (from half_days where clock = 'received') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'received' and f.counted_at >= $first and f.counted_at < $last
group by all
union all
select 'closed', half_day(f.counted_at) as slot, f.category_id, f.channel_id, f.assessed, 0, sum(closed), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from facts_complaints f
semi join (from half_days where clock = 'closed') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'closed' and f.counted_at >= $first and f.counted_at < $last
group by all
order by slot, category_id;

delete from rollup_units r using half_days h where r.clock = h.clock and r.counted_at = h.counted_at;
insert into rollup_units
select
    'received', half_day(f.counted_at) as slot, f.unit_id, f.assessed, sum(received), sum(closed), sum(still_open),
    sum(closed_late), sum(unplaced), sum(valid), sum(contacted), sum(solved), sum(partly), sum(satisfied),
    sum(basically), sum(unrated), sum(contact_stated), sum(solution_stated), sum(opinion_stated)
from facts_work_orders f
semi join (from half_days where clock = 'received') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'received' and f.counted_at >= $first and f.counted_at < $last
group by all
union all
select 'closed', half_day(f.counted_at) as slot, f.unit_id, f.assessed, 0, sum(closed), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from facts_work_orders f
semi join (from half_days where clock = 'closed') h on h.counted_at = half_day(f.counted_at)
where f.clock = 'closed' and f.counted_at >= $first and f.counted_at < $last
group by all
order by slot, unit_id;
