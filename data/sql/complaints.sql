-- Which complaints were received? A page of them, newest first, by offset or older than a given row.
with page as materialized (
    -- keys only: the wide columns are read for the rows of one page
    select complaint_id, received_at
    from complaints
    where received_at >= $since and received_at < $until
        and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
        and is_in_state(received_at, closed_at, deadline_at, place_id, $state, $as_of)
        and has_text(ticket_no, title, content, address_id, $text)
        and ($only_id::bigint is null or complaint_id = $only_id::bigint)
        and (
            $before_at::timestamp is null
            or received_at < $before_at::timestamp
            or (received_at = $before_at::timestamp and complaint_id < $before_id::bigint)
        )
    order by received_at desc, complaint_id desc
    limit $limit offset $offset
),
rows as materialized (
    select c.*
    from complaints c
    where c.received_at between (select min(received_at) from page) and (select max(received_at) from page)
        and c.complaint_id in (select complaint_id from page)
),
named as (
    select pa.place_id, string_agg(a.name, ' / ' order by l.depth) as place
    from place_areas pa
    join areas_on($on_day) a using (area_key)
    join levels l on l.level = a.level
    where pa.place_id in (select place_id from rows)
    group by pa.place_id
),
sent as (
    select w.complaint_id, string_agg(u.unit, '、' order by coalesce(w.nature, 'main') <> 'main', u.unit) as units
    from work_orders w join units u using (unit_id)
    where w.complaint_id in (select complaint_id from page) and not w.transferred
    group by w.complaint_id
)
select
    r.complaint_id, r.source, r.ticket_no, r.received_at, cat.path as category, ch.channel, r.kind, r.title, r.content,
    a.address, named.place, sent.units,
    case
        when is_overdue_at(r.received_at, r.closed_at, r.deadline_at, $as_of) then 'overdue'
        when is_open_at(r.received_at, r.closed_at, $as_of) then 'open'
        when is_closed_at(r.closed_at, $as_of) and is_closed_late(r.closed_at, r.deadline_at) then 'closed_late'
        when is_closed_at(r.closed_at, $as_of) then 'closed'
    end as state,
    r.urgency, r.deadline_at, r.deadline_stated, r.dispatched_at, r.contacted_at, r.closed_at, r.called_back_at,
    r.valid, r.contacted, r.solved, r.satisfied, r.assessed, r.exclude_reason, r.status, r.result,
    r.lon, r.lat, r.unlocated_reason
from rows r
left join categories cat using (category_id)
left join channels ch using (channel_id)
left join (select * from addresses where address_id in (select address_id from rows)) a using (address_id)
left join named using (place_id)
left join sent using (complaint_id)
order by r.received_at desc, r.complaint_id desc
