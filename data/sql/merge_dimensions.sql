-- Names seen for the first time get ids, in the order of their first row.
create or replace temp view named as
select row_no, channel, address, caller_hash, level_1, level_2, level_3
from incoming
union all
select row_no, channel, address, caller_hash, level_1, level_2, level_3 from heads;

insert into channels
select (select coalesce(max(channel_id), 0) from channels) + row_number() over (order by min(row_no)), channel
from named where channel is not null and channel not in (select channel from channels)
group by channel;

insert into units
select (select coalesce(max(unit_id), 0) from units) + row_number() over (order by min(row_no)), unit
from (
    select row_no, unit from incoming
    union all
    select row_no, unit from weighed
)
where unit is not null and unit not in (select unit from units)
group by unit;

insert into addresses
select (select coalesce(max(address_id), 0) from addresses) + row_number() over (order by min(h.row_no)), h.address
from named h anti join addresses a on a.address = h.address
where h.address is not null
group by h.address;

insert into callers
select
    (select coalesce(max(caller_id), 0) from callers) + row_number() over (order by min(h.row_no)), h.caller_hash
from named h anti join callers c on c.caller_hash = h.caller_hash
where h.caller_hash is not null
group by h.caller_hash;

insert into categories
select
    (select coalesce(max(category_id), 0) from categories) + row_number() over (order by min(h.row_no)),
    concat_ws('/', h.level_1, h.level_2, h.level_3), h.level_1, h.level_2, h.level_3, null
from named h
anti join categories c
    on c.level_1 is not distinct from h.level_1 and c.level_2 is not distinct from h.level_2
    and c.level_3 is not distinct from h.level_3
where h.level_1 is not null
group by h.level_1, h.level_2, h.level_3;
