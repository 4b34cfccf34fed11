-- Which categories stand at or below this path?
select category_id
from categories
where level_1 = $path
    or concat_ws('/', level_1, level_2) = $path
    or concat_ws('/', level_1, level_2, level_3) = $path
order by category_id
