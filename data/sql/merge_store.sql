-- Append the events, derive each touched complaint from them, and keep what hangs on it exact.
create or replace temp table touched as
select
    coalesce(
        h.known_id,
        (select coalesce(max(complaint_id), 0) from complaints)
            + row_number() over (partition by h.known_id is null order by h.received_at, h.row_no)
    ) as complaint_id,
    h.*, cat.category_id, ch.channel_id, a.address_id, cal.caller_id,
    coalesce(h.urgency, cat.grade, $default_grade) as grade
from heads h
left join categories cat
    on cat.level_1 is not distinct from h.level_1 and cat.level_2 is not distinct from h.level_2
    and cat.level_3 is not distinct from h.level_3
left join channels ch on ch.channel = h.channel
left join addresses a on a.address = h.address
left join callers cal on cal.caller_hash = h.caller_hash;

-- what the source now says happened
create or replace temp table stated as
select complaint_id, 'received' as kind, received_at as happened_at, null::integer as unit_id,
    null::boolean as valid, null::boolean as contacted, null::varchar as solved, null::varchar as satisfied
from touched
union all
select t.complaint_id, 'dispatched', i.dispatched_at, u.unit_id, null, null, null, null
from touched t
join turns n on n.ticket_no = t.ticket_no and n.last_of_order
join weighed i on i.row_no = n.row_no
left join units u on u.unit = i.unit
where i.dispatched_at is not null
union all
select complaint_id, 'contacted', contacted_at, null, null, null, null, null from touched where contacted_at is not null
union all
select complaint_id, 'closed', closed_at, null, null, null, null, null from touched where closed_at is not null
union all
select complaint_id, 'called_back', call_back_moment(called_back_at, closed_at, updated_at, received_at),
    null, valid, contacted, solved, satisfied
from touched
where has_outcome(called_back_at, valid, contacted, solved, satisfied);

create or replace temp table in_force as
select e.* from events e semi join touched t on t.complaint_id = e.complaint_id and t.known_id is not null
qualify row_number() over (
    partition by e.complaint_id, e.kind, e.happened_at, e.unit_id order by e.event_id desc
) = 1 and not e.withdrawn;

-- the units this file speaks of: what it says of one unit takes back nothing of another
create or replace temp table spoken as
select distinct t.complaint_id, u.unit_id
from touched t join turns n on n.ticket_no = t.ticket_no left join units u on u.unit = n.unit;

create or replace temp table fresh as
-- what changed in the complaint's own words
select k.complaint_id, 'amended' as kind, $recorded_at::timestamp as happened_at, false as withdrawn,
    null::integer as unit_id, null::boolean as valid, null::boolean as contacted, null::varchar as solved,
    null::varchar as satisfied, to_json(changes)::varchar as detail, 0 as turn
from (
    select k.complaint_id, list_filter([
        {'field': 'category', 'was': concat_ws('/', k.level_1, k.level_2, k.level_3),
            'is': concat_ws('/', t.level_1, t.level_2, t.level_3)},
        {'field': 'channel', 'was': k.channel, 'is': t.channel},
        {'field': 'kind', 'was': k.kind, 'is': t.kind},
        {'field': 'title', 'was': k.title, 'is': t.title},
        {'field': 'content', 'was': k.content, 'is': t.content},
        {'field': 'result', 'was': k.result, 'is': t.result},
        {'field': 'address', 'was': k.address, 'is': t.address},
        {'field': 'stated_area', 'was': k.stated_area, 'is': t.stated_area},
        {'field': 'lon', 'was': k.lon::varchar, 'is': t.lon::varchar},
        {'field': 'lat', 'was': k.lat::varchar, 'is': t.lat::varchar},
        {'field': 'status', 'was': k.status, 'is': t.status},
        {'field': 'assessed', 'was': k.assessed::varchar, 'is': t.assessed::varchar},
        {'field': 'exclude_reason', 'was': k.exclude_reason, 'is': t.exclude_reason},
        {'field': 'urgency', 'was': k.urgency, 'is': t.grade},
        {'field': 'due_at', 'was': if(k.deadline_stated, k.deadline_at, null)::varchar, 'is': t.due_at::varchar}
    ], lambda x: x.was is distinct from x.is) as changes
    from known k join touched t on t.known_id = k.complaint_id
) k
where len(changes) > 0
union all
-- what the source no longer says; kinds its file cannot speak of stay
select f.complaint_id, f.kind, f.happened_at, true, f.unit_id, f.valid, f.contacted, f.solved, f.satisfied, null, 1
from in_force f
anti join stated s
    on s.complaint_id = f.complaint_id and s.kind = f.kind and s.happened_at = f.happened_at
    and s.unit_id is not distinct from f.unit_id
left join spoken p on p.complaint_id = f.complaint_id and p.unit_id is not distinct from f.unit_id
where list_contains($stated_kinds, f.kind) and (f.kind <> 'dispatched' or p.complaint_id is not null)
union all
select s.complaint_id, s.kind, s.happened_at, false, s.unit_id, s.valid, s.contacted, s.solved, s.satisfied, null, 2
from stated s
anti join in_force f
    on s.complaint_id = f.complaint_id and s.kind = f.kind and s.happened_at = f.happened_at
    and s.unit_id is not distinct from f.unit_id and s.valid is not distinct from f.valid
    and s.contacted is not distinct from f.contacted and s.solved is not distinct from f.solved
    and s.satisfied is not distinct from f.satisfied;

insert into events
select
    (select coalesce(max(event_id), 0) from events) + row_number() over (
        order by happened_at, complaint_id, turn,
            list_position(['received', 'dispatched', 'contacted', 'closed', 'called_back', 'amended'], kind), unit_id
    ),
    complaint_id, kind, happened_at, withdrawn, unit_id, valid, contacted, solved, satisfied, detail,
    $recorded_at, $batch_id
from fresh;
