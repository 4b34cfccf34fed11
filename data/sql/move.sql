-- The complaints in `moving` are given the place, precision and reason it states.
update complaints c
set place_id = m.place_id, precision = m.precision, unlocated_reason = m.unlocated_reason
from moving m where c.complaint_id = m.complaint_id;
update open_complaints o set place_id = m.place_id from moving m where o.complaint_id = m.complaint_id;
