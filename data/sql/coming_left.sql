-- Which complaints have a point that was not placed, since they came or changed meanwhile?
select c.complaint_id, c.lon, c.lat
from complaints c
anti join coming_places p on p.complaint_id = c.complaint_id and p.lon = c.lon and p.lat = c.lat
where c.lon is not null
order by c.complaint_id
limit $most
