-- Which rows of the import are new, changed or known already?
create or replace temp table known as
select c.*, a.address, cat.level_1, cat.level_2, cat.level_3, ch.channel
from complaints c
semi join incoming i on i.ticket_no = c.ticket_no
left join addresses a using (address_id)
left join categories cat using (category_id)
left join channels ch using (channel_id)
where c.source = $source;

create or replace temp table known_orders as
select
    k.ticket_no, w.work_order_id, w.complaint_id, w.received_at, w.closed_at, u.unit, w.nature, w.row_hash, w.transferred
from work_orders w join known k using (complaint_id) left join units u using (unit_id);

-- The last row of each work order decides; rows are one work order when ticket, unit and nature agree.
create or replace temp table turns as
select
    row_no, ticket_no, unit, nature, row_hash, updated_at,
    row_number() over (partition by ticket_no order by row_no) = 1 as first_row,
    row_number() over (
        partition by ticket_no, coalesce(unit, ''), coalesce(nature, '')
        order by updated_at desc nulls last, row_no desc
    ) = 1 as last_of_order,
    row_number() over (
        partition by ticket_no
        order by coalesce(nature, 'main') = 'main' desc, updated_at desc nulls last, row_no desc
    ) = 1 as head,
    row_number() over (
        partition by ticket_no, coalesce(unit, ''), coalesce(nature, ''), row_hash order by row_no
    ) = 1 as first_of_its_kind
from incoming
where reason is null;

create or replace temp table changed_orders as
select t.row_no, t.ticket_no, t.unit, t.nature, k.complaint_id as known_id
from turns t
left join known k on k.ticket_no = t.ticket_no
left join known_orders o
    on o.ticket_no = t.ticket_no and o.unit is not distinct from t.unit and o.nature is not distinct from t.nature
where t.last_of_order
    and o.row_hash is distinct from t.row_hash
    -- a row older than what is stored changes nothing
    and not coalesce(t.updated_at < k.updated_at, false);

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

-- One row per complaint that is new or changed, as its head row states it.
create or replace temp table heads as
select i.*, k.complaint_id as known_id
from incoming i
join turns t on t.row_no = i.row_no and t.head
left join known k on k.ticket_no = i.ticket_no
semi join changed_orders c on c.ticket_no = i.ticket_no;
