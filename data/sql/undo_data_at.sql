-- What is the data's own time, as the batches that count leave it?
select coalesce(
    max(data_at),
    -- everything they say lies in the future
    min(imported_at) filter (where accepted + updated > 0)
) as data_at
from batches
where undone_at is null
