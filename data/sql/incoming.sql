-- The rows of one import on their way in; gone when it ends.
create or replace temp table incoming (
    row_no bigint, reason varchar, ticket_no varchar, received_at timestamp, closed_at timestamp,
    dispatched_at timestamp, contacted_at timestamp, called_back_at timestamp, due_at timestamp, updated_at timestamp,
    level_1 varchar, level_2 varchar, level_3 varchar, channel varchar, kind varchar, title varchar, content varchar,
    result varchar, address varchar, stated_area varchar, lon double, lat double, unlocated_reason varchar,
    place_id integer, precision varchar, unit varchar, nature varchar, status varchar, valid boolean, contacted boolean, solved varchar,
    satisfied varchar, assessed boolean, exclude_reason varchar, urgency varchar, caller_hash varchar,
    closed_before_received boolean, due_before_received boolean, bad_closed_time boolean, row_hash ubigint
);
