-- What is proposed now, in `found_names`, takes the place of what was.
delete from area_names where state = 'proposed';
insert into area_names by name
select level, stated, code, 'proposed' as state, how, noted_at from found_names;
