-- Store the new complaints as they stand in their file, which is in the order of receipt, forwards or backwards.
insert into complaints by name
from new_complaints($source, $batch_id, $default_grade, $grades, $grade_hours)
