-- Complaints without a usable coordinate whose stated text is one of `named_texts`, on their way to their new place.
create or replace temp table moving as
select complaint_id, received_at, stated_area, unlocated_reason, place_id, precision
from complaints c semi join named_texts n on n.stated_area = c.stated_area
where unlocated_reason is not null;
