-- The indicators of each row of sums.
select
    * exclude (contacted, solved, partly, satisfied, basically, unrated),
    contacted, solved, partly, satisfied, basically, unrated,
    response_rate(contacted, valid) as response_rate,
    resolution_rate(solved, partly, valid, $c_partly) as resolution_rate,
    satisfaction_rate(satisfied, basically, unrated, valid, $c_basically, $unrated_counts) as satisfaction_rate,
    score(
        response_rate(contacted, valid),
        resolution_rate(solved, partly, valid, $c_partly),
        satisfaction_rate(satisfied, basically, unrated, valid, $c_basically, $unrated_counts),
        $w_response, $w_resolution, $w_satisfaction
    ) as score
from grouped
order by 1
