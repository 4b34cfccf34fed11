-- How many complaints are open, and overdue, at the data's own time?
select
    count(*) as open,
    coalesce(count_if(coalesce(deadline_at < $as_of, false)), 0) as overdue
from open_complaints
where received_at <= $as_of
    and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
