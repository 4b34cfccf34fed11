-- The complaints in `moving` that lie there already, and are known to in the same way, need no move.
delete from moving m using complaints c
where m.complaint_id = c.complaint_id and m.place_id = c.place_id
    and m.precision is not distinct from c.precision and m.unlocated_reason is not distinct from c.unlocated_reason;
