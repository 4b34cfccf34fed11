-- How many complaints were open, and overdue, at a moment of the past?
select
    coalesce(count_if(is_open_at(received_at, closed_at, $as_of)), 0)::bigint as open,
    coalesce(count_if(is_overdue_at(received_at, closed_at, deadline_at, $as_of)), 0)::bigint as overdue
from complaints
where received_at <= $as_of
    and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
