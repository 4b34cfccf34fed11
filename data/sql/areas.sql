-- Which areas hold on a day?
select
    a.area_key, a.level, a.code as area_id, a.name, a.parent_key, a.synthetic, a.area_km2, a.lon, a.lat
from areas_on($on_day) a join levels l using (level)
where $level = '' or a.level = $level
order by l.depth, a.code
