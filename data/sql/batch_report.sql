-- The report of one batch, as it was kept when the batch was brought in.
select report from batches where batch_id = $batch
