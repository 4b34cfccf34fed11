-- The rows of an import on their way in, as a person looks at them before they are stored.
select
    i.row_no, i.ticket_no, i.received_at, i.closed_at, concat_ws(' / ', i.level_1, i.level_2, i.level_3) as category,
    i.channel, i.unit, i.address, i.content, i.lon, i.lat, p.place, i.precision
from incoming i
left join (
    select a.place_id, string_agg(b.name, ' / ' order by l.depth) as place
    from place_areas a join areas b using (area_key) join levels l on l.level = b.level
    where b.valid_to is null
    group by a.place_id
) p using (place_id)
where i.reason is null
order by i.row_no
