-- Which complaints of a stretch of ids have a point?
select complaint_id, lon, lat
from complaints
where lon is not null and complaint_id >= $first and complaint_id < $last
