-- Which texts are stated, in which epoch (how many of the cuts lie before the day), and how often?
create or replace temp macro epoch_of(moment, cuts) as len(list_filter(cuts::date[], lambda cut: cut <= moment::date));
select stated_area, epoch_of(received_at, $cuts) as epoch, count(*) as complaints
from said_areas
where stated_area is not null
group by all
order by all
