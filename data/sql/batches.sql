-- What was brought in, by whom, and how was it accounted for?
select
    batch_id as batch, file_name as file, coalesce(profile, '') as profile, source, imported_at, rows_read as read,
    accepted, updated, unchanged, rejected, unlocated, undone_at
from batches
order by batch_id desc
