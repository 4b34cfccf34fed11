-- The complaints that are counted elsewhere from now on: in another ward, or among those without a place, or no more.
create or replace temp table changing as
select
    c.complaint_id, w.ward_id as old_ward, n.ward_id as new_ward,
    c.place_id = 0 as was_unplaced, coalesce(m.place_id, c.place_id) = 0 as is_unplaced
from complaints c
left join moving m using (complaint_id)
join was_wards w on w.place_id = c.place_id
join places n on n.place_id = coalesce(m.place_id, c.place_id)
where old_ward <> new_ward or was_unplaced <> is_unplaced;
