-- What a cursor of its own takes for the store: areas, levels and places as they will be.
create or replace temp table areas as from coming_areas;
create or replace temp table levels as from levels limit 0;
create or replace temp table places as select 0 as place_id, 0 as ward_id, '' as combination;
create or replace temp table place_areas as from place_areas limit 0;
