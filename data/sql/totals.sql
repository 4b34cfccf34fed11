-- How many complaints came and were closed, and what did call-backs say?
select
    'all' as period,
    coalesce(sum(received), 0)::bigint as received, coalesce(sum(closed), 0)::bigint as closed,
    coalesce(sum(still_open), 0)::bigint as still_open, coalesce(sum(closed_late), 0)::bigint as closed_late,
    coalesce(sum(unplaced), 0)::bigint as unplaced, coalesce(sum(valid), 0)::bigint as valid,
    coalesce(sum(contacted), 0)::bigint as contacted, coalesce(sum(solved), 0)::bigint as solved,
    coalesce(sum(partly), 0)::bigint as partly, coalesce(sum(satisfied), 0)::bigint as satisfied,
    coalesce(sum(basically), 0)::bigint as basically, coalesce(sum(unrated), 0)::bigint as unrated,
    coalesce(sum(contact_stated), 0)::bigint as contact_stated,
    coalesce(sum(solution_stated), 0)::bigint as solution_stated,
    coalesce(sum(opinion_stated), 0)::bigint as opinion_stated
from scoped
