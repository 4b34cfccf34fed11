-- The store's tables. No primary keys and no indexes: updated tables with them were seen corrupted upstream.
create table meta (name varchar, value varchar);

-- One row per import: who brought what, and how it was accounted for.
create table batches (
    batch_id integer, kind varchar, source varchar, file_name varchar, imported_at timestamp,
    rows_read bigint, accepted bigint, updated bigint, unchanged bigint, rejected bigint, unlocated bigint,
    data_at timestamp, report varchar, profile varchar, undone_at timestamp
);

-- Levels are data: any depth, any names. Depth 1 is the coarsest. The finest of four or more is not rolled up.
create table levels (level varchar, depth integer, rolled_up boolean);

-- One row per area and vintage; valid [valid_from, valid_to), null is open. Shapes are WKB in WGS84.
create table areas (
    area_key integer, level varchar, code varchar, name varchar, parent_key integer, parent_code varchar, valid_from date, valid_to date,
    crs_in varchar, synthetic boolean, area_km2 double, lon double, lat double, shape blob
);

-- A place is one combination of areas (every level, every vintage) that a complaint can lie in; place 0 is "no area".
-- Its ward is the same combination without the level that is not rolled up.
create table places (place_id integer, ward_id integer, combination varchar);
create table place_areas (place_id integer, level varchar, area_key integer);

create table categories (
    category_id integer, path varchar, level_1 varchar, level_2 varchar, level_3 varchar, grade varchar
);
create table channels (channel_id integer, channel varchar);
create table units (unit_id integer, unit varchar);
create table addresses (address_id integer, address varchar);
create table callers (caller_id integer, caller_hash varchar);

-- One row per complaint: what it says, and its state as derived from its events. `precision` says how its place is
-- known: 'point' by its coordinate, a level's name by an area it states, null not at all.
create table complaints (
    complaint_id bigint, source varchar, ticket_no varchar, received_at timestamp,
    category_id integer, channel_id integer, kind varchar, title varchar, content varchar, result varchar,
    address_id integer, caller_id integer, lon double, lat double, unlocated_reason varchar, place_id integer,
    urgency varchar, deadline_at timestamp, deadline_stated boolean, status varchar,
    assessed boolean, exclude_reason varchar, stated_area varchar, updated_at timestamp, batch_id integer,
    dispatched_at timestamp, contacted_at timestamp, closed_at timestamp, called_back_at timestamp,
    valid boolean, contacted boolean, solved varchar, satisfied varchar, precision varchar
);

-- One row per unit a complaint was sent to.
create table work_orders (
    work_order_id bigint, complaint_id bigint, unit_id integer, nature varchar,
    received_at timestamp, closed_at timestamp, transferred boolean, row_hash ubigint, updated_at timestamp,
    batch_id integer
);

-- What happened, appended and never changed. A row with `withdrawn` takes back the same kind and time;
-- of rows with the same complaint, kind and time the last one (by event_id) is in force.
create table events (
    event_id bigint, complaint_id bigint, kind varchar, happened_at timestamp, withdrawn boolean,
    unit_id integer, valid boolean, contacted boolean, solved varchar, satisfied varchar,
    detail varchar, recorded_at timestamp, batch_id integer
);

-- Complaints without a close date, apart, because "what is open" is asked all day.
create table open_complaints (
    complaint_id bigint, received_at timestamp, deadline_at timestamp, place_id integer, category_id integer,
    channel_id integer, assessed boolean
);

-- Additive counts by half-day; `clock` says which time puts a complaint in its half-day (received or closed).
create table rollup_wards (
    clock varchar, counted_at timestamp, place_id integer, assessed boolean,
    received bigint, closed bigint, still_open bigint, closed_late bigint, unplaced bigint, valid bigint,
    contacted bigint, solved bigint, partly bigint, satisfied bigint, basically bigint, unrated bigint,
    contact_stated bigint, solution_stated bigint, opinion_stated bigint
);
create table rollup_categories (
    clock varchar, counted_at timestamp, category_id integer, channel_id integer, assessed boolean,
    received bigint, closed bigint, still_open bigint, closed_late bigint, unplaced bigint, valid bigint,
    contacted bigint, solved bigint, partly bigint, satisfied bigint, basically bigint, unrated bigint,
    contact_stated bigint, solution_stated bigint, opinion_stated bigint
);
create table rollup_units (
    clock varchar, counted_at timestamp, unit_id integer, assessed boolean,
    received bigint, closed bigint, still_open bigint, closed_late bigint, unplaced bigint, valid bigint,
    contacted bigint, solved bigint, partly bigint, satisfied bigint, basically bigint, unrated bigint,
    contact_stated bigint, solution_stated bigint, opinion_stated bigint
);

-- What a batch replaced, as it was before, so that the batch can be undone.
create table replaced_complaints as select *, null::integer as replaced_in from complaints limit 0;
create table replaced_work_orders as select *, null::integer as replaced_in from work_orders limit 0;

-- Names that sources use for areas under which no area is stored. Only those a person accepted count.
create table area_names (
    level varchar, stated varchar, code varchar, state varchar, how varchar, noted_at timestamp, reviewed_at timestamp
);

-- Residents of areas, as counted on a day.
create table population (level varchar, code varchar, counted_on date, people bigint, source varchar);

-- Boundaries on their way in, and where they put the complaints, until all are placed.
create table coming_areas as select * from areas limit 0;
create table coming_places (complaint_id bigint, lon double, lat double, combination varchar, unlocated_reason varchar);
