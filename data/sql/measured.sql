-- The indicators of each row of sums.
select
    *,
    score(response_rate, resolution_rate, satisfaction_rate, $w_response, $w_resolution, $w_satisfaction) as score
from (
    select
        *,
        response_rate(contacted, contact_stated, valid) as response_rate,
        resolution_rate(solved, partly, solution_stated, valid, $c_partly) as resolution_rate,
        satisfaction_rate(
            satisfied, basically, unrated, opinion_stated, valid, $c_basically, $unrated_counts
        ) as satisfaction_rate
    from grouped
)
order by 1
