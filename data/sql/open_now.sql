-- How many complaints are open, and overdue, at the data's own time?
select
    count(*) as open,
    coalesce(count_if(coalesce(deadline_at < $as_of, false)), 0)::bigint as overdue
from (
    select received_at, deadline_at, place_id, category_id, channel_id, assessed from open_complaints
    union all
    -- a close date that has not come yet
    select received_at, deadline_at, place_id, category_id, channel_id, assessed from complaints where closed_at > $as_of
)
where received_at <= $as_of
    and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
