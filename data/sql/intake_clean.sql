-- One chunk of a file, masked and without blanks round its cells, as typed rows; `reason` is set where a row cannot be
-- taken.
insert into incoming by name
with cells as (
    select * replace (
        nullif(t_received_at, '') as t_received_at, nullif(t_closed_at, '') as t_closed_at,
        nullif(t_dispatched_at, '') as t_dispatched_at, nullif(t_contacted_at, '') as t_contacted_at,
        nullif(t_called_back_at, '') as t_called_back_at, nullif(t_due_at, '') as t_due_at,
        nullif(t_updated_at, '') as t_updated_at, nullif(ticket_no, '') as ticket_no, nullif(kind, '') as kind,
        nullif(title, '') as title, nullif(content, '') as content, nullif(result, '') as result,
        nullif(address, '') as address, nullif(status, '') as status, nullif(exclude_reason, '') as exclude_reason,
        -- from coarse to fine
        nullif(concat_ws('/', nullif(stated_district, ''), nullif(stated_street, ''), nullif(stated_community, ''),
            nullif(stated_area, '')), '') as stated_area
    )
    from chunk
), timed as (
    select *,
        any_time(t_received_at, $formats, $own_first, $zone) as m_received_at,
        any_time(t_closed_at, $formats, $own_first, $zone) as m_closed_at,
        any_time(t_dispatched_at, $formats, $own_first, $zone) as m_dispatched_at,
        any_time(t_contacted_at, $formats, $own_first, $zone) as m_contacted_at,
        any_time(t_called_back_at, $formats, $own_first, $zone) as m_called_back_at,
        any_time(t_due_at, $formats, $own_first, $zone) as m_due_at,
        any_time(t_updated_at, $formats, $own_first, $zone) as m_updated_at
    from cells
), parsed as (
    select *,
        likely_time(m_received_at) as received_at, if(is_day_alone(t_closed_at, m_closed_at) and m_closed_at >= date_trunc('day', m_received_at),
            greatest(m_received_at, m_closed_at), likely_end(m_closed_at)) as closed_stated,
        likely_time(m_dispatched_at) as dispatched_at, likely_time(m_contacted_at) as contacted_at,
        likely_time(m_called_back_at) as called_back_at, if(is_day_alone(t_due_at, m_due_at), likely_end(m_due_at) + interval 86399 second, likely_end(m_due_at))
            as due_stated,
        likely_time(m_updated_at) as updated_at
    from timed
)
select
    row_no,
    case
        when t_received_at is null then 'no_time'
        when received_at is null then 'bad_time'
        when ticket_no is null then 'no_ticket'
        -- 1.23457E+11: a table program has lost the digits, and other tickets would look the same
        when regexp_full_match(ticket_no, '\d(\.\d+)?[eE]\+\d+') then 'bad_ticket'
    end as reason,
    ticket_no, received_at,
    if(closed_stated < received_at, null, closed_stated) as closed_at,
    dispatched_at, contacted_at, called_back_at,
    if(due_stated < received_at, null, due_stated) as due_at,
    updated_at, level_1, level_2, level_3, channel, kind, title, content, result, address, stated_area,
    lon, lat, unlocated_reason, place_id, precision, unit, nature, status, valid, contacted, solved, satisfied,
    assessed, exclude_reason, urgency, caller_hash,
    coalesce(closed_stated < received_at, false) as closed_before_received,
    coalesce(due_stated < received_at, false) as due_before_received,
    t_closed_at is not null and closed_stated is null as bad_closed_time,
    -- another version of the engine may hash differently: then every row counts as updated once, and nothing changes
    hash(
        received_at, closed_stated, dispatched_at, contacted_at, called_back_at, due_stated, updated_at, level_1, level_2,
        level_3, channel, kind, title, content, result, address, stated_area, lon, lat, unit, nature, status, valid,
        contacted, solved, satisfied, assessed, exclude_reason, urgency, caller_hash
    ) as row_hash
from parsed
