-- Which of the rows that must be weighed are new, changed or known already?
create or replace temp table known as
select c.*, a.address, cat.level_1, cat.level_2, cat.level_3, ch.channel, cal.caller_hash
from complaints c
semi join (from known_tickets semi join weighed using (ticket_no)) t on t.complaint_id = c.complaint_id
left join addresses a using (address_id)
left join categories cat using (category_id)
left join channels ch using (channel_id)
left join callers cal using (caller_id);

create or replace temp table known_orders as
select
    k.ticket_no, w.work_order_id, w.complaint_id, w.received_at, w.closed_at, u.unit, w.nature, w.row_hash, w.transferred,
    w.updated_at, coalesce(w.nature, 'main') = 'main' as is_main
from work_orders w join known k using (complaint_id) left join units u using (unit_id);

-- A file without units (a list of call-backs) speaks of the unit that holds the complaint.
update weighed i set unit = o.unit, nature = o.nature
from (
    from known_orders where is_main and not transferred
    qualify row_number() over (partition by ticket_no order by work_order_id desc) = 1
) o
where not list_contains($fields, 'unit') and o.ticket_no = i.ticket_no
    and o.unit is not null and coalesce(i.nature, 'main') = 'main';

-- The last row of each work order decides; rows are one work order when ticket, unit and nature agree.
create or replace temp table turns as
select
    row_no, ticket_no, unit, nature, row_hash, is_old,
    row_number() over (partition by ticket_no order by row_no) = 1 as first_row,
    row_number() over (
        partition by ticket_no, coalesce(unit, ''), coalesce(nature, '')
        order by updated_at desc nulls last, row_no desc
    ) = 1 as last_of_order,
    row_number() over (
        partition by ticket_no
        order by is_old, coalesce(nature, 'main') = 'main' desc, updated_at desc nulls last, row_no desc
    ) = 1 as head,
    row_number() over (
        partition by ticket_no, coalesce(unit, ''), coalesce(nature, ''), row_hash order by row_no
    ) = 1 as first_of_its_kind
from (
    select
        i.*,
        coalesce(
            i.updated_at < coalesce(o.updated_at, if(coalesce(i.nature, 'main') = 'main', k.updated_at, null)), false
        ) as is_old
    from weighed i
    left join known k on k.ticket_no = i.ticket_no
    left join known_orders o
        on o.ticket_no = i.ticket_no and o.unit is not distinct from i.unit and o.nature is not distinct from i.nature
);

create or replace temp table changed_orders as
select t.row_no, t.ticket_no, t.unit, t.nature, k.complaint_id as known_id
from turns t
left join known k on k.ticket_no = t.ticket_no
left join known_orders o
    on o.ticket_no = t.ticket_no and o.unit is not distinct from t.unit and o.nature is not distinct from t.nature
where t.last_of_order
    -- a unit the complaint had left may get it back by the very row it had
    and (o.row_hash is distinct from t.row_hash or o.transferred)
    -- a row older than what is stored of the same work order changes nothing
    and not t.is_old;

create or replace temp table row_fates as
select
    t.row_no,
    case
        when k.complaint_id is null and t.first_row then 'accepted'
        when c.row_no is null or not t.first_of_its_kind then 'unchanged'
        else 'updated'
    end as fate
from turns t
left join known k on k.ticket_no = t.ticket_no
left join changed_orders c
    on c.ticket_no = t.ticket_no and c.unit is not distinct from t.unit and c.nature is not distinct from t.nature;

-- One row per complaint that is new or changed, as its head row states it. What the file has no column for stays as
-- it was; a row of a joint unit alone says nothing of a complaint that a main unit holds.
create or replace temp table heads as
with chosen as (
    select
        i.*, k.complaint_id as known_id,
        k.complaint_id is null or coalesce(i.nature, 'main') = 'main' or m.ticket_no is null as speaks
    from weighed i
    join turns t on t.row_no = i.row_no and t.head
    left join known k on k.ticket_no = i.ticket_no
    left join (select distinct ticket_no from known_orders where is_main and not transferred) m
        on m.ticket_no = i.ticket_no
    semi join changed_orders c on c.ticket_no = i.ticket_no
)
select
    i.row_no, i.ticket_no, i.known_id, i.speaks,
    takes(known_id, speaks, $fields, ['received_at'], i.received_at, k.received_at) as received_at,
    takes(known_id, speaks, $fields, ['closed_at'], i.closed_at, k.closed_at) as closed_at,
    takes(known_id, speaks, $fields, ['dispatched_at'], i.dispatched_at, k.dispatched_at) as dispatched_at,
    takes(known_id, speaks, $fields, ['contacted_at'], i.contacted_at, k.contacted_at) as contacted_at,
    takes(known_id, speaks, $fields, ['called_back_at'], i.called_back_at, k.called_back_at) as called_back_at,
    greatest(takes(known_id, speaks, $fields, ['updated_at'], i.updated_at, k.updated_at), k.updated_at) as updated_at,
    takes(known_id, speaks, $fields, ['channel'], i.channel, k.channel) as channel,
    takes(known_id, speaks, $fields, ['kind'], i.kind, k.kind) as kind,
    takes(known_id, speaks, $fields, ['title'], i.title, k.title) as title,
    takes(known_id, speaks, $fields, ['content'], i.content, k.content) as content,
    takes(known_id, speaks, $fields, ['result'], i.result, k.result) as result,
    takes(known_id, speaks, $fields, ['address'], i.address, k.address) as address,
    takes(
        known_id, speaks, $fields, ['stated_area', 'stated_community', 'stated_street', 'stated_district'],
        i.stated_area, k.stated_area
    ) as stated_area,
    takes(known_id, speaks, $fields, ['status'], i.status, k.status) as status,
    takes(known_id, speaks, $fields, ['contacted'], i.contacted, k.contacted) as contacted,
    takes(known_id, speaks, $fields, ['solved'], i.solved, k.solved) as solved,
    takes(known_id, speaks, $fields, ['satisfied'], i.satisfied, k.satisfied) as satisfied,
    takes(known_id, speaks, $fields, ['exclude_reason'], i.exclude_reason, k.exclude_reason) as exclude_reason,
    takes(known_id, speaks, $fields, ['category', 'category_1'], i.level_1, k.level_1) as level_1,
    takes(known_id, speaks, $fields, ['category', 'category_1'], i.level_2, k.level_2) as level_2,
    takes(known_id, speaks, $fields, ['category', 'category_1'], i.level_3, k.level_3) as level_3,
    takes(known_id, speaks, $fields, ['lon', 'point'], i.lon, k.lon) as lon,
    takes(known_id, speaks, $fields, ['lon', 'point'], i.lat, k.lat) as lat,
    takes(known_id, speaks, $fields, ['lon', 'point'], i.unlocated_reason, k.unlocated_reason) as unlocated_reason,
    takes(known_id, speaks, $fields, ['lon', 'point'], i.place_id, k.place_id) as place_id,
    takes(known_id, speaks, $fields, ['lon', 'point'], i.precision, k.precision) as precision,
    takes(known_id, speaks, $fields, ['due_at'], i.due_at, if(k.deadline_stated, k.deadline_at, null)) as due_at,
    takes(known_id, speaks, $fields, ['excluded'], i.assessed, k.assessed) as assessed,
    -- a grade nobody states follows the category, when that is stated anew
    takes(known_id, speaks, $fields, ['urgency', 'category', 'category_1'], i.urgency, k.urgency) as urgency,
    takes(known_id, speaks, $fields, ['caller_name', 'caller_phone', 'caller_identity'], i.caller_hash, k.caller_hash)
        as caller_hash,
    -- without such a column, an outcome in the file is what says that there was a call-back
    takes(
        known_id, speaks, $fields, ['valid'], i.valid,
        case
            when not speaks or not list_has_any($fields, ['contacted', 'solved', 'satisfied']) then k.valid
            when i.valid then true
            -- all that was said of it is gone: so is the call-back
            when not coalesce(k.contacted is not null and not list_contains($fields, 'contacted'), false)
                and not coalesce(k.solved is not null and not list_contains($fields, 'solved'), false)
                and not coalesce(k.satisfied is not null and not list_contains($fields, 'satisfied'), false) then null
            else k.valid
        end
    ) as valid
from chosen i left join known k on k.ticket_no = i.ticket_no;
