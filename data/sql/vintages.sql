-- Which boundaries are there, by level and the days on which they hold?
select
    l.depth, a.level, a.valid_from as since, a.valid_to as until, count(*) as areas, sum(area_km2) as area_km2,
    count_if(a.parent_key is null and l.depth > 1) as without_parent, bool_or(a.synthetic) as synthetic,
    string_agg(distinct a.crs_in, ', ' order by a.crs_in) as crs_in
from areas a join levels l on l.level = a.level
group by l.depth, a.level, a.valid_from, a.valid_to
order by l.depth, a.valid_from nulls first
