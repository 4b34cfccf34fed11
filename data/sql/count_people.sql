-- The residents in `counted_people` as of a day; an earlier import of the same day gives way.
delete from population p using counted_people c
where p.level = $level and p.counted_on = $counted_on and p.code = c.code;
insert into population
select $level, code, $counted_on, people, $source from counted_people;
