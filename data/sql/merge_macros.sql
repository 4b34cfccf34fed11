-- What a complaint's state is made of, said once for new and for changed complaints. Temporary macros of one import.
create or replace temp macro deadline(due_at, received_at, grade, grades, grade_hours) as
    coalesce(due_at, received_at + to_hours(grade_hours[list_position(grades, grade)]));
create or replace temp macro has_outcome(called_back_at, valid, contacted, solved, satisfied) as
    valid is not null or contacted is not null or solved is not null or satisfied is not null
    or called_back_at is not null;
-- exports often state the outcome of a call-back without its time
create or replace temp macro call_back_moment(called_back_at, closed_at, updated_at, received_at) as
    coalesce(called_back_at, closed_at, updated_at, received_at);
create or replace temp macro known_by(precision, unlocated_reason) as
    coalesce(precision, if(unlocated_reason is null, 'point', null));
-- which of two statements counts: that of the row, when it speaks for the complaint and its file has the column
create or replace temp macro takes(known_id, speaks, fields, needed, stated, kept) as
    if(known_id is null or (speaks and list_has_any(fields, needed)), stated, kept);
