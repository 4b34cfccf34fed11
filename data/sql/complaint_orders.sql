-- To which units was a complaint sent?
select u.unit, w.nature, w.received_at, w.closed_at, w.transferred
from work_orders w left join units u using (unit_id)
where w.complaint_id = $complaint_id
order by w.transferred, coalesce(w.nature, 'main') <> 'main', w.work_order_id
