-- Take a batch back: what it brought goes, and what it replaced is as it was.
create or replace temp table undone as select complaint_id from complaints where batch_id = $batch_id;

create or replace temp table half_days (clock varchar, counted_at timestamp);
insert into half_days
select 'received', half_day(received_at) from complaints semi join undone using (complaint_id)
union
select 'closed', half_day(closed_at) from complaints semi join undone using (complaint_id) where closed_at is not null
union
select 'received', half_day(received_at) from work_orders semi join undone using (complaint_id)
union
select 'closed', half_day(closed_at) from work_orders semi join undone using (complaint_id) where closed_at is not null;

delete from events where batch_id = $batch_id;

delete from complaints where batch_id = $batch_id;
insert into complaints
select * exclude (replaced_in) from replaced_complaints where replaced_in = $batch_id order by received_at, complaint_id;

delete from work_orders
where batch_id = $batch_id
    or work_order_id in (select work_order_id from replaced_work_orders where replaced_in = $batch_id);
insert into work_orders
select * exclude (replaced_in) from replaced_work_orders where replaced_in = $batch_id order by received_at, work_order_id;

delete from open_complaints where complaint_id in (select complaint_id from undone);
insert into open_complaints
select complaint_id, received_at, deadline_at, place_id, category_id, channel_id, assessed
from complaints semi join undone using (complaint_id)
where closed_at is null;

delete from replaced_complaints where replaced_in = $batch_id;
delete from replaced_work_orders where replaced_in = $batch_id;

insert into half_days
select 'received', half_day(received_at) from complaints semi join undone using (complaint_id)
union
select 'closed', half_day(closed_at) from complaints semi join undone using (complaint_id) where closed_at is not null
union
select 'received', half_day(received_at) from work_orders semi join undone using (complaint_id)
union
select 'closed', half_day(closed_at) from work_orders semi join undone using (complaint_id) where closed_at is not null;

update batches set undone_at = $undone_at where batch_id = $batch_id;
