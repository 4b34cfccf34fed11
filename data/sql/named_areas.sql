-- Which areas are there, of every vintage, with their names?
select
    area_key, a.level, l.depth, code, coalesce(name, '') as name, parent_key, parent_code, valid_from, valid_to, lon, lat
from areas a join levels l on l.level = a.level
order by l.depth, area_key
