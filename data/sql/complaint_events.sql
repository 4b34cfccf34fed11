-- What happened to a complaint, in order?
select e.event_id, e.happened_at, e.kind, e.withdrawn, u.unit, e.valid, e.contacted, e.solved, e.satisfied, e.detail,
    e.recorded_at, e.batch_id
from events e left join units u using (unit_id)
where e.complaint_id = $complaint_id
order by e.happened_at, e.event_id
