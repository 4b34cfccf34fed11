-- One chunk of a file, masked already, as typed rows; `reason` is set where a row cannot be taken.
insert into incoming
with bared as (
    select * replace (
        bare(t_received_at) as t_received_at, bare(t_closed_at) as t_closed_at, bare(t_dispatched_at) as t_dispatched_at,
        bare(t_contacted_at) as t_contacted_at, bare(t_called_back_at) as t_called_back_at, bare(t_due_at) as t_due_at,
        bare(t_updated_at) as t_updated_at
    )
    from chunk
), timed as (
    select *,
        any_time(t_received_at, $formats, $zone) as m_received_at,
        any_time(t_closed_at, $formats, $zone) as m_closed_at,
        any_time(t_dispatched_at, $formats, $zone) as m_dispatched_at,
        any_time(t_contacted_at, $formats, $zone) as m_contacted_at,
        any_time(t_called_back_at, $formats, $zone) as m_called_back_at,
        any_time(t_due_at, $formats, $zone) as m_due_at,
        any_time(t_updated_at, $formats, $zone) as m_updated_at
    from bared
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
    lon, lat, unlocated_reason, place_id, unit, nature, status, valid, contacted, solved, satisfied,
    assessed, exclude_reason, urgency, caller_hash,
    coalesce(closed_stated < received_at, false) as closed_before_received,
    coalesce(due_stated < received_at, false) as due_before_received,
    t_closed_at is not null and closed_stated is null as bad_closed_time,
    md5_number_lower(concat_ws(chr(31),
        received_at, coalesce(closed_stated::varchar, ''), coalesce(dispatched_at::varchar, ''),
        coalesce(contacted_at::varchar, ''), coalesce(called_back_at::varchar, ''), coalesce(due_stated::varchar, ''),
        coalesce(updated_at::varchar, ''), coalesce(level_1, ''), coalesce(level_2, ''), coalesce(level_3, ''),
        coalesce(channel, ''), coalesce(kind, ''), coalesce(title, ''), coalesce(content, ''), coalesce(result, ''),
        coalesce(address, ''), coalesce(stated_area, ''), coalesce(lon::varchar, ''), coalesce(lat::varchar, ''),
        coalesce(unit, ''), coalesce(nature, ''), coalesce(status, ''), coalesce(valid::varchar, ''),
        coalesce(contacted::varchar, ''), coalesce(solved, ''), coalesce(satisfied, ''), assessed::varchar,
        coalesce(exclude_reason, ''), coalesce(urgency, ''), coalesce(caller_hash, '')
    )) as row_hash
from parsed
