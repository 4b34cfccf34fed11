-- What shapes have these areas?
select area_key, shape from areas where list_contains($keys, area_key) order by area_key
