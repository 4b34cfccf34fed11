-- Where do the complaints of each place lie under the coming areas, the most frequent first?
select c.place_id, o.ward_id, o.combination as was, p.combination, count(*) as complaints
from complaints c
join coming_places p on p.complaint_id = c.complaint_id and p.lon = c.lon and p.lat = c.lat
join places o on o.place_id = c.place_id
group by all
order by complaints desc, c.place_id, p.combination
