-- A store of schema 1 becomes one of schema 2.
alter table batches add column profile varchar;
alter table batches add column undone_at timestamp;
alter table complaints add column precision varchar;
update complaints set precision = 'point' where unlocated_reason is null;
-- What a batch replaced, as it was before, so that the batch can be undone.
create table replaced_complaints as select *, null::integer as replaced_in from complaints limit 0;
create table replaced_work_orders as select *, null::integer as replaced_in from work_orders limit 0;

-- Names that sources use for areas under which no area is stored. Only those a person accepted count.
create table area_names (
    level varchar, stated varchar, code varchar, state varchar, how varchar, noted_at timestamp, reviewed_at timestamp
);

-- Residents of areas, as counted on a day.
create table population (level varchar, code varchar, counted_on date, people bigint, source varchar);

-- Boundaries on their way in, and where they put the complaints, until all are placed.
create table coming_areas as select * from areas limit 0;
create table coming_places (complaint_id bigint, lon double, lat double, combination varchar, unlocated_reason varchar);

update meta set value = '2' where name = 'schema';
