-- Which rows of the import are new and alone, which say nothing new, and which must be weighed against others?

-- tickets that several rows speak of
create or replace temp table repeated as
select ticket_no from incoming where reason is null group by ticket_no having count(*) > 1;

create or replace temp table known_tickets as
select c.complaint_id, c.ticket_no
from complaints c semi join incoming i on i.ticket_no = c.ticket_no and i.reason is null
where c.source = $source;

-- a row that says just what its work order says, and is the only one of its ticket
create or replace temp table unchanged as
with held as (
    select k.ticket_no, u.unit, w.nature, w.row_hash, w.transferred
    from known_tickets k join work_orders w using (complaint_id) left join units u using (unit_id)
)
select i.row_no
from incoming i
semi join (from held where not transferred) h
    on h.ticket_no = i.ticket_no and h.row_hash = i.row_hash and h.unit is not distinct from i.unit
    and h.nature is not distinct from i.nature
anti join repeated r on r.ticket_no = i.ticket_no
-- without a column for it the unit that holds the complaint is meant
anti join (from held where unit is not null and not list_contains($fields, 'unit')) o on o.ticket_no = i.ticket_no
where i.reason is null;

create or replace temp table weighed as
select i.*
from incoming i
semi join (select ticket_no from repeated union all select ticket_no from known_tickets) t on t.ticket_no = i.ticket_no
anti join unchanged u on u.row_no = i.row_no
where i.reason is null;

-- all others are new complaints with one work order each, numbered in the order of their receipt
create or replace temp table numbered as
select
    i.row_no, (select coalesce(max(complaint_id), 0) from complaints)
        + row_number() over (order by i.received_at, i.row_no) as complaint_id
from incoming i
anti join repeated r on r.ticket_no = i.ticket_no
anti join known_tickets k on k.ticket_no = i.ticket_no
where i.reason is null;

-- what stays in `incoming` is these alone
delete from incoming where row_no not in (select row_no from numbered);

create or replace temp table half_days (clock varchar, counted_at timestamp);
