-- Which areas stand above this one?
with recursive chain as (
    select area_key, level, code, name, parent_key, 0 as step from areas where area_key = $area_key
    union all
    select a.area_key, a.level, a.code, a.name, a.parent_key, c.step + 1
    from areas a join chain c on a.area_key = c.parent_key
)
select area_key, level, code as area_id, name from chain order by step desc
