-- How many have no place, in the roll-ups that know no areas, for the complaints in `changing`.
update rollup_categories r set unplaced = r.unplaced + d.more
from (
    select half_day(received_at) as counted_at, category_id, channel_id, assessed,
        sum(is_unplaced::integer - was_unplaced::integer) as more
    from complaints join changing using (complaint_id)
    where was_unplaced <> is_unplaced
    group by all
) d
where r.clock = 'received' and r.counted_at = d.counted_at and r.category_id is not distinct from d.category_id
    and r.channel_id is not distinct from d.channel_id and r.assessed is not distinct from d.assessed;
update rollup_units r set unplaced = r.unplaced + d.more
from (
    select half_day(w.received_at) as counted_at, w.unit_id, c.assessed,
        sum(is_unplaced::integer - was_unplaced::integer) as more
    from work_orders w join complaints c using (complaint_id) join changing using (complaint_id)
    where was_unplaced <> is_unplaced and not w.transferred
    group by all
) d
where r.clock = 'received' and r.counted_at = d.counted_at and r.unit_id is not distinct from d.unit_id
    and r.assessed is not distinct from d.assessed;
