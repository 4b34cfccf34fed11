-- The coming areas are the areas from now on.
delete from areas;
insert into areas from coming_areas order by area_key;
-- a row that comes and goes: without one, readers see rows inserted in bulk before the write has ended
insert into areas (area_key) values (null);
delete from areas where area_key is null;
