-- Where points lie, as they are placed anew, and what the places were before.
create or replace temp table placed_points (complaint_id bigint, place_id integer, unlocated_reason varchar);
create or replace temp table old_places as select place_id, combination from places;
