-- How many complaints does the list hold in all?
select count(*) as complaints
from complaints
where received_at >= $since and received_at < $until
    and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
    and is_in_state(received_at, closed_at, deadline_at, place_id, $state, $as_of)
    and has_text(ticket_no, title, content, address_id, $text)
