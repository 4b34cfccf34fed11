-- How many residents have the areas of a level, by the last count that is not later than a day?
select a.area_key, a.code as area_id, r.people, r.counted_on
from areas_on($on_day) a
left join residents_on($level, $on_day, $on_day) r using (area_key)
where a.level = $level
order by a.code
