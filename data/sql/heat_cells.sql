-- Which cells of a file hold complaints, and how many?
select
    floor(lon / $cell_lon)::bigint as cell_x, floor(lat / $cell_lat)::bigint as cell_y,
    count(*)::bigint as complaints
from scoped
where clock = 'received' and lon >= $west and lon <= $east and lat >= $south and lat <= $north
group by cell_x, cell_y
order by complaints desc, cell_x, cell_y
