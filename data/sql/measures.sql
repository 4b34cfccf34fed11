-- Every indicator, defined once. Single expressions that can be expanded into plain SQL for another engine.

-- Call-backs (回访). Only a valid one can have an outcome; source: daily report of a Beijing district (public code, 2025).
create or replace macro has_call_back(valid) as coalesce(valid, false);
create or replace macro is_contacted(valid, contacted) as has_call_back(valid) and coalesce(contacted, false);
create or replace macro is_solved(valid, solved) as has_call_back(valid) and coalesce(solved = 'yes', false);
create or replace macro is_partly_solved(valid, solved) as has_call_back(valid) and coalesce(solved = 'part', false);
create or replace macro is_satisfied(valid, satisfied) as has_call_back(valid) and coalesce(satisfied = 'yes', false);
create or replace macro is_basically_satisfied(valid, satisfied) as
    has_call_back(valid) and coalesce(satisfied = 'basically', false);
create or replace macro is_unrated(valid, satisfied) as
    has_call_back(valid) and coalesce(satisfied not in ('yes', 'basically', 'no'), true);

-- Closed is a close date, whatever the status says; late is after the deadline.
create or replace macro is_closed_late(closed_at, deadline_at) as coalesce(closed_at > deadline_at, false);
create or replace macro is_open_at(received_at, closed_at, moment) as
    received_at <= moment and (closed_at is null or closed_at > moment);
create or replace macro is_closed_at(closed_at, moment) as coalesce(closed_at <= moment, false);
create or replace macro is_overdue_at(received_at, closed_at, deadline_at, moment) as
    is_open_at(received_at, closed_at, moment) and coalesce(deadline_at < moment, false);

-- The three rates (三率), percent 0-100; nothing to divide by is null, never 0.
create or replace macro percent(part, whole) as 100.0::double * part / nullif(whole, 0);
-- Where no source states an outcome at all (its files have no such column), the rate has no data either.
create or replace macro response_rate(contacted, contact_stated, valid) as
    percent(contacted, if(contact_stated = 0, 0, valid));
create or replace macro resolution_rate(solved, partly, solution_stated, valid, c_partly) as
    percent(solved + c_partly * partly, if(solution_stated = 0, 0, valid));
create or replace macro satisfaction_rate(
    satisfied, basically, unrated, opinion_stated, valid, c_basically, unrated_counts
) as
    percent(
        satisfied + c_basically * basically,
        if(opinion_stated = 0, 0, if(unrated_counts, valid, valid - unrated))
    );

-- Weighted sum of the rates, rounded before anything is ranked by it.
create or replace macro score(response, resolution, satisfaction, w_response, w_resolution, w_satisfaction) as
    round((w_response * response + w_resolution * resolution + w_satisfaction * satisfaction)::double, 1);

-- The half-day a moment lies in: midnight or noon.
create or replace macro half_day(moment) as
    date_trunc('day', moment) + if(hour(moment) >= 12, interval 12 hour, interval 0 hour);

-- The vintage of an area that holds on a day.
create or replace macro holds_on(valid_from, valid_to, on_day) as
    coalesce(valid_from <= on_day, true) and coalesce(valid_to > on_day, true);

-- What a screen's filters select; an empty list selects all.
create or replace macro in_filters(
    assessed, category_id, channel_id, place_id, assessed_only, categories, channels, areas
) as
    (not assessed_only or assessed)
    and (len(categories) = 0 or list_contains(categories, category_id))
    and (len(channels) = 0 or list_contains(channels, channel_id))
    and (
        len(areas) = 0
        or place_id in (select pa.place_id from place_areas pa where list_contains(areas, pa.area_key))
    );
create or replace macro is_in_state(received_at, closed_at, deadline_at, place_id, state, moment) as
    state = 'all'
    or (state = 'open' and is_open_at(received_at, closed_at, moment))
    or (state = 'overdue' and is_overdue_at(received_at, closed_at, deadline_at, moment))
    or (state = 'closed' and is_closed_at(closed_at, moment))
    or (state = 'unplaced' and place_id = 0);
create or replace macro has_text(ticket_no, title, content, address_id, text) as
    text = '' or contains(lower(ticket_no), lower(text)) or contains(lower(title), lower(text))
    or contains(lower(content), lower(text))
    or address_id in (select ad.address_id from addresses ad where contains(lower(ad.address), lower(text)));
