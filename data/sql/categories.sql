-- What are the complaints about, at one level of the categories?
select
    case $depth
        when 1 then c.level_1
        when 2 then nullif(concat_ws('/', c.level_1, c.level_2), '')
        else nullif(concat_ws('/', c.level_1, c.level_2, c.level_3), '')
    end as category,
    -- one path may be cut in two ways where a name holds a slash; it is one row
    min(case $depth when 1 then c.level_1 when 2 then coalesce(c.level_2, c.level_1)
        else coalesce(c.level_3, c.level_2, c.level_1) end) as name,
    coalesce(sum(received), 0)::bigint as received, coalesce(sum(closed), 0)::bigint as closed,
    coalesce(sum(still_open), 0)::bigint as still_open, coalesce(sum(closed_late), 0)::bigint as closed_late,
    coalesce(sum(unplaced), 0)::bigint as unplaced, coalesce(sum(valid), 0)::bigint as valid,
    coalesce(sum(contacted), 0)::bigint as contacted, coalesce(sum(solved), 0)::bigint as solved,
    coalesce(sum(partly), 0)::bigint as partly, coalesce(sum(satisfied), 0)::bigint as satisfied,
    coalesce(sum(basically), 0)::bigint as basically, coalesce(sum(unrated), 0)::bigint as unrated,
    coalesce(sum(contact_stated), 0)::bigint as contact_stated,
    coalesce(sum(solution_stated), 0)::bigint as solution_stated,
    coalesce(sum(opinion_stated), 0)::bigint as opinion_stated
from scoped s left join categories c using (category_id)
group by 1
having coalesce(sum(received), 0) + coalesce(sum(closed), 0) > 0
