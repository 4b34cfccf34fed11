-- In which texts of a chunk does the caller's own name stand?
select
    contains(title, own_name) as title, contains(content, own_name) as content, contains(result, own_name) as result,
    contains(address, own_name) as address, contains(exclude_reason, own_name) as exclude_reason,
    contains(stated_district, own_name) as stated_district, contains(stated_street, own_name) as stated_street,
    contains(stated_community, own_name) as stated_community, contains(stated_area, own_name) as stated_area,
    contains(status, own_name) as status, contains(kind, own_name) as kind
from said
