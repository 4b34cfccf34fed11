-- One chunk of a file, masked already, as typed rows; `reason` is set where a row cannot be taken.
insert into incoming
with parsed as (
    select *,
        read_time(t_received_at, $formats, $zone) as received_at,
        read_end(t_closed_at, $formats, $zone) as closed_stated,
        read_time(t_dispatched_at, $formats, $zone) as dispatched_at,
        read_time(t_contacted_at, $formats, $zone) as contacted_at,
        read_time(t_called_back_at, $formats, $zone) as called_back_at,
        read_end(t_due_at, $formats, $zone) as due_stated,
        read_time(t_updated_at, $formats, $zone) as updated_at
    from chunk
)
select
    row_no,
    case
        when bare(t_received_at) is null then 'no_time'
        when received_at is null then 'bad_time'
        when ticket_no is null then 'no_ticket'
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
    bare(t_closed_at) is not null and closed_stated is null as bad_closed_time,
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
