-- Every complaint on its way to its new place, placed so far by its point alone.
create or replace temp table moving as
select
    c.complaint_id, c.received_at, if(reason is null, null, c.stated_area) as stated_area, reason as unlocated_reason,
    coalesce(p.place_id, 0) as place_id, null::varchar as precision
from complaints c
left join placed_points p using (complaint_id)
-- without a coordinate the reason stays
cross join lateral (select if(p.complaint_id is null, c.unlocated_reason, p.unlocated_reason) as reason);
drop table placed_points;
