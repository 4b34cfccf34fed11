-- What the complaints state that no usable coordinate places.
create or replace temp view said_areas as
select received_at, stated_area from complaints where unlocated_reason is not null;
