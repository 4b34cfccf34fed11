-- A newer row that names a main unit which does not hold the complaint yet sends the complaint on: the earlier unit's work order no longer counts.
create or replace temp table passed_on as
select o.work_order_id
from known_orders o
join touched t on t.known_id = o.complaint_id
anti join turns n
    on n.ticket_no = o.ticket_no and n.unit is not distinct from o.unit and n.nature is not distinct from o.nature
where coalesce(o.nature, 'main') = 'main'
    and not o.transferred
    and o.ticket_no in (
        select m.ticket_no
        from turns m
        anti join known_orders p
            on p.ticket_no = m.ticket_no and p.unit = m.unit and coalesce(p.nature, 'main') = 'main'
            and not p.transferred
        where coalesce(m.nature, 'main') = 'main' and m.unit is not null
    );
-- as they were, so that the batch can be undone
insert into replaced_work_orders select w.*, $batch_id from work_orders w semi join passed_on using (work_order_id);
update work_orders set transferred = true where work_order_id in (select work_order_id from passed_on);
