-- How did it go, day by day (or week, or month)? Steps without a complaint are there, with zeros.
select
    step.step_on,
    coalesce(sum(received), 0)::bigint as received, coalesce(sum(closed), 0)::bigint as closed,
    coalesce(sum(still_open), 0)::bigint as still_open, coalesce(sum(closed_late), 0)::bigint as closed_late,
    coalesce(sum(unplaced), 0)::bigint as unplaced, coalesce(sum(valid), 0)::bigint as valid,
    coalesce(sum(contacted), 0)::bigint as contacted, coalesce(sum(solved), 0)::bigint as solved,
    coalesce(sum(partly), 0)::bigint as partly, coalesce(sum(satisfied), 0)::bigint as satisfied,
    coalesce(sum(basically), 0)::bigint as basically, coalesce(sum(unrated), 0)::bigint as unrated,
    coalesce(sum(contact_stated), 0)::bigint as contact_stated,
    coalesce(sum(solution_stated), 0)::bigint as solution_stated,
    coalesce(sum(opinion_stated), 0)::bigint as opinion_stated
from (
    select unnest(generate_series(
        date_trunc($step, $since::timestamp), $until::timestamp - interval 1 second, to_months(($step = 'month')::integer)
            + to_days(case $step when 'day' then 1 when 'week' then 7 else 0 end)
    ))::date as step_on
) step
left join scoped s on date_trunc($step, s.counted_at)::date = step.step_on
group by step.step_on
