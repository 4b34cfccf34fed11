-- How many of an import's rows the source has in the store already, and how many repeat a ticket number of the file?
select
    count(c.ticket_no), count(*) - count(distinct i.ticket_no)
from incoming i
left join (select distinct ticket_no from complaints where source = $source) c using (ticket_no)
where i.reason is null
