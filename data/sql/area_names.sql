-- What is noted on names under which no area is stored: what a person decided, and what was proposed?
select n.level, n.stated, n.code, a.name, n.state, n.how, n.noted_at, n.reviewed_at
from area_names n
left join (
    select level, code, arg_max(name, area_key) as name from areas group by level, code
) a on a.level = n.level and a.code = n.code
order by n.state, n.stated, n.level, n.code
