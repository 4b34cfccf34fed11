-- Which areas stand above this one, and are they those of a day?
with recursive chain as (
    select *, 0 as step from areas where area_key = $area_key
    union all
    select a.*, c.step + 1
    from areas a join chain c on a.area_key = c.parent_key
)
select
    area_key, level, code as area_id, name, lon, lat,
    $on_day::date is null or area_key in (select o.area_key from areas_on($on_day) o) as holds
from chain
order by step desc
