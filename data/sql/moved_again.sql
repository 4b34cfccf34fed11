-- How many complaints in `moving` lie in other areas than before, or are known to lie there in another way?
select count(*)
from moving m
join complaints c using (complaint_id)
join places n on n.place_id = m.place_id
left join old_places o on o.place_id = c.place_id
where o.combination is distinct from n.combination
    or m.precision is distinct from c.precision or m.unlocated_reason is distinct from c.unlocated_reason
