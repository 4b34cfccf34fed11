-- Store the complaints in `numbered`: nothing is known of them yet, so that what their one row says is their state.
insert into complaints by name
select
    n.complaint_id, $source as source, i.ticket_no, i.received_at, cat.category_id, ch.channel_id, i.kind, i.title,
    i.content, i.result, a.address_id, cal.caller_id, i.lon, i.lat, i.unlocated_reason, i.place_id,
    coalesce(i.urgency, cat.grade, $default_grade) as urgency,
    deadline(i.due_at, i.received_at, coalesce(i.urgency, cat.grade, $default_grade), $grades, $grade_hours)
        as deadline_at,
    i.due_at is not null as deadline_stated, i.status, i.assessed, i.exclude_reason, i.stated_area, i.updated_at,
    $batch_id as batch_id, i.dispatched_at, i.contacted_at, i.closed_at,
    if(
        has_outcome(i.called_back_at, i.valid, i.contacted, i.solved, i.satisfied),
        call_back_moment(i.called_back_at, i.closed_at, i.updated_at, i.received_at), null
    ) as called_back_at,
    i.valid, i.contacted, i.solved, i.satisfied, known_by(i.precision, i.unlocated_reason) as precision
from incoming i
join numbered n using (row_no)
left join categories cat
    on cat.level_1 is not distinct from i.level_1 and cat.level_2 is not distinct from i.level_2
    and cat.level_3 is not distinct from i.level_3
left join channels ch on ch.channel = i.channel
left join addresses a on a.address = i.address
left join callers cal on cal.caller_hash = i.caller_hash
order by n.complaint_id;

insert into work_orders by name
select
    (select coalesce(max(work_order_id), 0) from work_orders) + n.complaint_id - $first_complaint + 1 as work_order_id,
    n.complaint_id, u.unit_id, i.nature, i.received_at, i.closed_at, false as transferred, i.row_hash, i.updated_at,
    $batch_id as batch_id
from incoming i join numbered n using (row_no) left join units u on u.unit = i.unit
order by n.complaint_id;

-- five events at most, of each complaint numbered in the order in which such things happen
insert into events by name
select
    $first_event + 5 * (complaint_id - $first_complaint) as event_id, complaint_id, 'received' as kind,
    received_at as happened_at, false as withdrawn, $recorded_at as recorded_at, $batch_id as batch_id
from complaints where complaint_id >= $first_complaint;

insert into events by name
select
    $first_event + 5 * (c.complaint_id - $first_complaint) + 1 as event_id, c.complaint_id, 'dispatched' as kind,
    c.dispatched_at as happened_at, false as withdrawn, w.unit_id, $recorded_at as recorded_at, $batch_id as batch_id
from complaints c join work_orders w using (complaint_id)
where c.complaint_id >= $first_complaint and w.complaint_id >= $first_complaint and c.dispatched_at is not null;

insert into events by name
select
    $first_event + 5 * (complaint_id - $first_complaint) + 2 as event_id, complaint_id, 'contacted' as kind,
    contacted_at as happened_at, false as withdrawn, $recorded_at as recorded_at, $batch_id as batch_id
from complaints where complaint_id >= $first_complaint and contacted_at is not null;

insert into events by name
select
    $first_event + 5 * (complaint_id - $first_complaint) + 3 as event_id, complaint_id, 'closed' as kind,
    closed_at as happened_at, false as withdrawn, $recorded_at as recorded_at, $batch_id as batch_id
from complaints where complaint_id >= $first_complaint and closed_at is not null;

insert into events by name
select
    $first_event + 5 * (complaint_id - $first_complaint) + 4 as event_id, complaint_id, 'called_back' as kind,
    called_back_at as happened_at, false as withdrawn, valid, contacted, solved, satisfied,
    $recorded_at as recorded_at, $batch_id as batch_id
from complaints where complaint_id >= $first_complaint and called_back_at is not null;

insert into open_complaints by name
select complaint_id, received_at, deadline_at, place_id, category_id, channel_id, assessed
from complaints where complaint_id >= $first_complaint and closed_at is null;

insert into half_days
select distinct 'received', half_day(received_at) from complaints where complaint_id >= $first_complaint
union
select distinct 'closed', half_day(closed_at)
from complaints where complaint_id >= $first_complaint and closed_at is not null;
