-- The places under the numbers of `numbers`, so that most complaints need not be told that theirs has changed.
create or replace temp table numbered as
select own.number as place_id, ward.number as ward_id, p.combination
from places p
join numbers own on own.place_id = p.place_id
join numbers ward on ward.place_id = p.ward_id;
create or replace temp table numbered_areas as
select n.number as place_id, a.level, a.area_key from place_areas a join numbers n using (place_id);
delete from places;
insert into places from numbered order by place_id;
delete from place_areas;
insert into place_areas from numbered_areas order by place_id, area_key;
-- a row that comes and goes: without one, readers see rows inserted in bulk before the write has ended
insert into places (place_id) values (null);
delete from places where place_id is null;
insert into place_areas (place_id) values (null);
delete from place_areas where place_id is null;
drop table numbered;
drop table numbered_areas;
