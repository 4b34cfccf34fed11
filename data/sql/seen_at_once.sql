-- A row that comes and goes in each table: without one, readers see rows inserted in bulk before the write has ended.
insert into complaints (complaint_id) values (null);
delete from complaints where complaint_id is null;
insert into work_orders (work_order_id) values (null);
delete from work_orders where work_order_id is null;
insert into events (event_id) values (null);
delete from events where event_id is null;
insert into open_complaints (complaint_id) values (null);
delete from open_complaints where complaint_id is null;
insert into rollup_wards (counted_at) values (null);
delete from rollup_wards where counted_at is null;
insert into rollup_categories (counted_at) values (null);
delete from rollup_categories where counted_at is null;
insert into rollup_units (counted_at) values (null);
delete from rollup_units where counted_at is null;
