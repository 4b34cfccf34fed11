-- The indicators of sums handed in.
select
    $received::bigint as received, $closed::bigint as closed, $still_open::bigint as still_open,
    $closed_late::bigint as closed_late, $unplaced::bigint as unplaced, $valid::bigint as valid,
    $contacted::bigint as contacted, $solved::bigint as solved, $partly::bigint as partly,
    $satisfied::bigint as satisfied, $basically::bigint as basically, $unrated::bigint as unrated,
    $contact_stated::bigint as contact_stated, $solution_stated::bigint as solution_stated,
    $opinion_stated::bigint as opinion_stated
