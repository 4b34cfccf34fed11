-- Every half-day there is, so that `rollup` recounts everything.
create or replace temp table half_days as
select distinct clock, half_day(counted_at) as counted_at from facts_complaints
union
select distinct clock, half_day(counted_at) from facts_work_orders
union
select distinct clock, counted_at from rollup_wards
union
select distinct clock, counted_at from rollup_units;
