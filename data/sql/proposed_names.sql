-- Which names were noted as proposed, and when first?
select stated, coalesce(level, '') || ':' || coalesce(code, '') as area, noted_at
from area_names
where state = 'proposed'
