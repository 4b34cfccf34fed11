-- Which area has this code, of the vintage that is shown on a day or else is nearest to it?
select area_key, level, code, name
from areas
where code = $code and ($level = '' or level = $level)
qualify row_number() over (
    partition by level
    order by area_key in (select o.area_key from areas_on($on_day) o) desc,
        -- days from the vintage to the day: before it begins, or after it ended
        greatest(coalesce(valid_from - $on_day::date, 0), coalesce($on_day::date - valid_to, 0)), area_key
) = 1
order by level
