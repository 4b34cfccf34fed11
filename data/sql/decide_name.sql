-- A person decided on a name: what stands against it gives way, what was noted of it stays known.
create or replace temp table decided as
select
    any_value(how) filter (where level is not distinct from $level and code is not distinct from $code) as how,
    min(noted_at) filter (where level is not distinct from $level and code is not distinct from $code) as noted_at
from area_names where stated = $stated;
delete from area_names
where stated = $stated
    and (
        -- the name is no area's at all, or no longer so
        $code is null or code is null
        or (level = $level and (code = $code or ($state = 'accepted' and state in ('accepted', 'proposed'))))
    );
insert into area_names
select $level, $stated, $code, $state, how, coalesce(noted_at, $reviewed_at::timestamp), $reviewed_at::timestamp
from decided;
drop table decided;
