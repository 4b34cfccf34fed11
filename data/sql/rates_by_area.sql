-- How does each area of a level do? Areas without a complaint are there, with zeros and no rates.
select
    a.code as area_id, a.area_key, a.name, a.parent_key, a.synthetic,
    coalesce(sum(received), 0)::bigint as received, coalesce(sum(closed), 0)::bigint as closed,
    coalesce(sum(still_open), 0)::bigint as still_open, coalesce(sum(closed_late), 0)::bigint as closed_late,
    coalesce(sum(unplaced), 0)::bigint as unplaced, coalesce(sum(valid), 0)::bigint as valid,
    coalesce(sum(contacted), 0)::bigint as contacted, coalesce(sum(solved), 0)::bigint as solved,
    coalesce(sum(partly), 0)::bigint as partly, coalesce(sum(satisfied), 0)::bigint as satisfied,
    coalesce(sum(basically), 0)::bigint as basically, coalesce(sum(unrated), 0)::bigint as unrated,
    coalesce(sum(contact_stated), 0)::bigint as contact_stated,
    coalesce(sum(solution_stated), 0)::bigint as solution_stated,
    coalesce(sum(opinion_stated), 0)::bigint as opinion_stated,
    10000.0::double * coalesce(sum(received), 0) / people.people as per_10k
from areas_on($on_day) a
left join residents_on($level, $on_day, $until::date - 1) people on people.area_key = a.area_key
left join place_areas p on p.area_key = a.area_key
left join scoped s on s.place_id = p.place_id
where a.level = $level
group by a.code, a.area_key, a.name, a.parent_key, a.synthetic, people.people
having len($areas) = 0 or coalesce(sum(received), 0) + coalesce(sum(closed), 0) > 0 or a.area_key in (
    with recursive under as (
        select area_key from areas where list_contains($areas, area_key)
        union
        select c.area_key from areas c join under u on c.parent_key = u.area_key
    )
    select area_key from under
)
