-- Which later batches changed complaints of a batch, so that they must be undone before it?
with touched as (
    select complaint_id from complaints where batch_id = $batch_id
    union
    select complaint_id from replaced_complaints where batch_id = $batch_id
    union
    select complaint_id from events where batch_id = $batch_id
)
select distinct batch_id
from (
    select r.replaced_in as batch_id from replaced_complaints r semi join touched using (complaint_id)
    union all
    -- a batch of an older version of the store kept nothing of what it replaced
    select c.batch_id from complaints c semi join touched using (complaint_id)
)
where batch_id > $batch_id
order by batch_id
