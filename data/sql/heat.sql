-- Where do the complaints lie, summed to the cells of one screen?
select
    avg(lon) as lon, avg(lat) as lat, count(*)::bigint as complaints,
    sum(count(*)) over ()::bigint as located, count(*) over ()::bigint as cells
from scoped
where clock = 'received' and lon >= $west and lon <= $east and lat >= $south and lat <= $north
group by floor(lon / $cell_lon), floor(lat / $cell_lat)
order by complaints desc, lon, lat
limit $cap
