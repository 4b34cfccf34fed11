-- Which complaints were received? A page of them, newest first, by offset or older than a given row.
with page as (
    select *
    from complaints
    where received_at >= $since and received_at < $until
        and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
        and is_in_state(received_at, closed_at, deadline_at, place_id, $state, $as_of)
        and has_text(ticket_no, title, content, address_id, $text)
        and ($only_id::bigint is null or complaint_id = $only_id::bigint)
        and (
            $before_at::timestamp is null or (received_at, complaint_id) < ($before_at::timestamp, $before_id::bigint)
        )
    order by received_at desc, complaint_id desc
    limit $limit offset $offset
)
select
    p.complaint_id, p.source, p.ticket_no, p.received_at, cat.path as category, ch.channel, p.kind, p.title, p.content,
    a.address,
    array_to_string(
        (
            select list(area.name order by l.depth)
            from place_areas pa join areas_on($on_day) area using (area_key) join levels l on l.level = area.level
            where pa.place_id = p.place_id
        ), ' / '
    ) as place,
    (
        select string_agg(u.unit, '、' order by coalesce(w.nature, 'main') <> 'main', u.unit)
        from work_orders w join units u using (unit_id)
        where w.complaint_id = p.complaint_id and not w.transferred
    ) as units,
    case
        when is_overdue_at(p.received_at, p.closed_at, p.deadline_at, $as_of) then 'overdue'
        when is_open_at(p.received_at, p.closed_at, $as_of) then 'open'
        when is_closed_late(p.closed_at, p.deadline_at) then 'closed_late'
        else 'closed'
    end as state,
    p.urgency, p.deadline_at, p.deadline_stated, p.dispatched_at, p.contacted_at, p.closed_at, p.called_back_at,
    p.valid, p.contacted, p.solved, p.satisfied, p.assessed, p.exclude_reason, p.status, p.result,
    p.lon, p.lat, p.unlocated_reason
from page p
left join categories cat using (category_id)
left join channels ch using (channel_id)
left join addresses a using (address_id)
order by p.received_at desc, p.complaint_id desc
