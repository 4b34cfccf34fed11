-- What shape have the areas of a level that hold on a day?
select
    a.area_key, a.level, a.code as area_id, a.name, a.parent_key, a.synthetic, a.lon, a.lat, a.shape
from areas_on($on_day) a
where a.level = $level
order by a.code
