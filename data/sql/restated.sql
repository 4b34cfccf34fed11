-- The complaints that the import changed and whose place may hang on the area they state now.
create or replace temp table moving as
select c.complaint_id, c.received_at, c.stated_area, c.unlocated_reason, c.place_id, c.precision
from complaints c
semi join touched t on t.known_id = c.complaint_id
where c.unlocated_reason is not null and (c.stated_area is not null or c.place_id <> 0)
