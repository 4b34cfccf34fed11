-- What hangs on the complaints that were stored as new: work orders, events, and what is open.
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
