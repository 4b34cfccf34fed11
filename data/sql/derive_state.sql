-- The state of each touched complaint, from its events alone.
create or replace temp table states as
with in_force as (
    select e.complaint_id, e.kind, e.happened_at, e.event_id, e.valid, e.contacted, e.solved, e.satisfied
    from events e semi join touched t on t.complaint_id = e.complaint_id and t.known_id is not null
    where e.kind <> 'amended'
    qualify row_number() over (
        partition by e.complaint_id, e.kind, e.happened_at, e.unit_id order by e.event_id desc
    ) = 1 and not e.withdrawn
    union all
    -- a complaint that is new has nothing to weigh against
    select f.complaint_id, f.kind, f.happened_at, 0, f.valid, f.contacted, f.solved, f.satisfied
    from fresh f semi join touched t on t.complaint_id = f.complaint_id and t.known_id is null
)
select
    complaint_id,
    min(if(kind = 'received', happened_at, null)) as received_at,
    min(if(kind = 'dispatched', happened_at, null)) as dispatched_at,
    min(if(kind = 'contacted', happened_at, null)) as contacted_at,
    max(if(kind = 'closed', happened_at, null)) as closed_at,
    max(if(kind = 'called_back', happened_at, null)) as called_back_at,
    max_by(struct_pack(valid, contacted, solved, satisfied), (happened_at, event_id))
        filter (where kind = 'called_back') as outcome
from in_force
group by complaint_id;

insert into half_days
with changed as (from known semi join touched on touched.known_id = known.complaint_id),
changed_orders as (from known_orders semi join touched on touched.known_id = known_orders.complaint_id)
select distinct 'received', half_day(received_at) from changed
union
select distinct 'closed', half_day(closed_at) from changed where closed_at is not null
union
select distinct 'received', half_day(received_at) from changed_orders
union
select distinct 'closed', half_day(closed_at) from changed_orders where closed_at is not null;

-- as they were, so that the batch can be undone
insert into replaced_complaints
select c.*, $batch_id from complaints c semi join touched t on t.known_id = c.complaint_id;
delete from complaints where complaint_id in (select complaint_id from touched where known_id is not null);
insert into complaints
select
    t.complaint_id, $source, t.ticket_no, s.received_at, t.category_id, t.channel_id, t.kind, t.title, t.content,
    t.result, t.address_id, t.caller_id, t.lon, t.lat, t.unlocated_reason, t.place_id, t.grade,
    deadline(t.due_at, s.received_at, t.grade, $grades, $grade_hours), t.due_at is not null, t.status,
    t.assessed, t.exclude_reason, t.stated_area, t.updated_at, $batch_id,
    s.dispatched_at, s.contacted_at, s.closed_at, s.called_back_at,
    s.outcome.valid, s.outcome.contacted, s.outcome.solved, s.outcome.satisfied,
    known_by(t.precision, t.unlocated_reason)
from touched t join states s using (complaint_id)
order by s.received_at, t.complaint_id;

create or replace temp table renewed as
select
    t.complaint_id, i.ticket_no, i.unit, i.nature, i.received_at, i.row_hash, i.row_no, i.updated_at,
    if(list_contains($fields, 'closed_at'), i.closed_at, o.closed_at) as closed_at
from changed_orders c
join weighed i on i.row_no = c.row_no
join touched t on t.ticket_no = i.ticket_no
left join known_orders o
    on o.ticket_no = i.ticket_no and o.unit is not distinct from i.unit and o.nature is not distinct from i.nature;

create or replace temp table old_orders as
select o.work_order_id
from known_orders o semi join renewed r
    on r.complaint_id = o.complaint_id and r.unit is not distinct from o.unit and r.nature is not distinct from o.nature;
insert into replaced_work_orders select w.*, $batch_id from work_orders w semi join old_orders using (work_order_id);
delete from work_orders where work_order_id in (select work_order_id from old_orders);
insert into work_orders
select
    (select coalesce(max(work_order_id), 0) from work_orders) + row_number() over (order by r.received_at, r.row_no),
    r.complaint_id, u.unit_id, r.nature, r.received_at, r.closed_at, false, r.row_hash, r.updated_at, $batch_id
from renewed r left join units u on u.unit = r.unit
order by r.received_at, r.row_no;

delete from open_complaints where complaint_id in (select complaint_id from touched where known_id is not null);
insert into open_complaints
select complaint_id, received_at, deadline_at, place_id, category_id, channel_id, assessed
from complaints c semi join touched t using (complaint_id)
where closed_at is null;

insert into half_days
select distinct 'received', half_day(received_at) from states
union
select distinct 'closed', half_day(closed_at) from states where closed_at is not null
union
select distinct 'received', half_day(received_at) from renewed
union
select distinct 'closed', half_day(closed_at) from renewed where closed_at is not null;
