-- The complaints in `numbered`: nothing is known of them yet, so that what their one row says is their state.
create or replace temp macro new_complaints(the_source, the_batch_id, the_default_grade, the_grades, the_grade_hours) as table
select
    n.complaint_id, the_source as source, i.ticket_no, i.received_at, cat.category_id, ch.channel_id, i.kind, i.title,
    i.content, i.result, a.address_id, cal.caller_id, i.lon, i.lat, i.unlocated_reason, i.place_id,
    coalesce(i.urgency, cat.grade, the_default_grade) as urgency,
    deadline(i.due_at, i.received_at, coalesce(i.urgency, cat.grade, the_default_grade), the_grades, the_grade_hours)
        as deadline_at,
    i.due_at is not null as deadline_stated, i.status, i.assessed, i.exclude_reason, i.stated_area, i.updated_at,
    the_batch_id as batch_id, i.dispatched_at, i.contacted_at, i.closed_at,
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
left join callers cal on cal.caller_hash = i.caller_hash;
