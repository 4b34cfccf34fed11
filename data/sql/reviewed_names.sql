-- What did a person decide on names under which no area is stored?
select level, stated, code, state from area_names where state in ('accepted', 'rejected') order by reviewed_at, stated
