-- Store the new complaints in the order of their receipt, so that a question about some days skips all others.
insert into complaints by name
from new_complaints($source, $batch_id, $default_grade, $grades, $grade_hours)
order by complaint_id
