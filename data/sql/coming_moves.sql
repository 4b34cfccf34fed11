-- The complaints whose place is another under the coming areas, and those that lie where they say, on their way there.
create or replace temp table moving as
select
    c.complaint_id, c.received_at, if(p.unlocated_reason is null, null, c.stated_area) as stated_area,
    p.unlocated_reason, n.place_id, null::varchar as precision
from complaints c
join coming_places p on p.complaint_id = c.complaint_id and p.lon = c.lon and p.lat = c.lat
join places n on n.combination = p.combination
where n.place_id <> c.place_id or p.unlocated_reason is not null or c.unlocated_reason is not null
    or c.precision is distinct from 'point'
union all
select complaint_id, received_at, stated_area, unlocated_reason, 0, null
from complaints
where lon is null and (stated_area is not null or place_id <> 0 or precision is not null);
