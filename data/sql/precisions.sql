-- How is the place of the complaints received in a scope known, and how many of each kind lie in an area of a level?
with on_map as (
    select place_id
    from place_areas p join areas_on($on_day) a using (area_key)
    where a.level = $level
), counted as (
    select
        coalesce(precision, 'none') as precision, count(*)::bigint as complaints,
        count_if(if($level = '', place_id <> 0, place_id in (from on_map)))::bigint as placed,
        count_if(place_id = 0)::bigint as unplaced
    from complaints
    where received_at >= $since and received_at < $until
        and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
    group by 1
)
select
    k.precision, coalesce(complaints, 0) as complaints, coalesce(placed, 0) as placed,
    coalesce(unplaced, 0) as unplaced
from (
    select 'point' as precision, 0 as place
    union all
    select level, depth from levels
    union all
    select 'none', 1000
) k
left join counted c using (precision)
order by k.place
