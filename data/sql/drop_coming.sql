-- Nothing is on its way in.
delete from coming_areas;
delete from coming_places;
