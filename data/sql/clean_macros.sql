-- Texts of a file as values. Temporary macros of one import.
create or replace temp macro straight_time(value) as
    trim(regexp_replace(
        replace(replace(replace(replace(replace(replace(
            translate(value, '０１２３４５６７８９／－：年月/', '0123456789--:---'),
            '日', ' '), '时', ':'), '点', ':'), '分', ':'), '秒', ''), chr(12288), ' '),
        '\s+', ' ', 'g'), ' :');
-- the half of the day may stand before or after the clock: 下午3:05, 3:05 PM
create or replace temp macro afternoon(value) as regexp_matches(value, '下午|晚上|傍晚|(?i)\bpm\b');
create or replace temp macro forenoon(value) as regexp_matches(value, '上午|凌晨|早上|(?i)\bam\b');
create or replace temp macro without_half(value) as
    trim(regexp_replace(regexp_replace(value, '上午|凌晨|早上|下午|晚上|傍晚|中午|(?i)\b[ap]m\b', ' ', 'g'), '\s+', ' ', 'g'), ' :');
create or replace temp macro clock_time(value) as try_strptime(value, [
    '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%d %H:%M', '%Y-%m-%d', '%Y-%m-%d %H',
    '%Y-%m-%dT%H:%M:%S', '%Y-%m-%dT%H:%M:%S.%f', '%Y-%m-%dT%H:%M', '%Y.%m.%d %H:%M:%S', '%Y.%m.%d %H:%M', '%Y.%m.%d'
]);
-- without separators every digit must be there: 2025112 could be two days
create or replace temp macro compact_time(value) as
    if(
        regexp_full_match(value, '\d{8}|\d{12}|\d{14}|\d{8} \d{1,2}:\d{2}(:\d{2})?'),
        try_strptime(value, ['%Y%m%d%H%M%S', '%Y%m%d%H%M', '%Y%m%d', '%Y%m%d %H:%M:%S', '%Y%m%d %H:%M']), null
    );
-- a lambda, so that the moment stands in the plan once
create or replace temp macro half_shift(moment, value) as
    list_transform([moment], lambda m: m + to_hours(case
        when afternoon(value) and hour(m) < 12 then 12
        when value like '%中午%' and hour(m) < 6 then 12
        -- half past twelve at night is the day that begins
        when value like '%晚上%' and hour(m) = 12 then 12
        when forenoon(value) and hour(m) = 12 then -12
        else 0
    end))[1];
-- Excel's serial day counts from 1899-12-30; rounded to the second
create or replace temp macro serial_time(value) as
    if(
        regexp_full_match(value, '[2-7]\d{4}(\.\d+)?'),
        timestamp '1899-12-30' + to_seconds(round(try_cast(value as double) * 86400)::bigint), null
    );
create or replace temp macro zoned_time(value, zone) as
    if(
        regexp_matches(value, '\d{1,2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$'),
        timezone(zone, try_cast(value as timestamptz)), null
    );
-- year, month and day in this order, as nearly everybody writes them: 2025/1/2, 2025-01-02 15:04, 2025年1月2日15时04分
create or replace temp macro plain_time(value) as
    case
        when substr(value, 5, 1) not in ('-', '/', '.', '年') then null
        when regexp_full_match(
            value, '[12]\d{3}(-\d{1,2}-|/\d{1,2}/)\d{1,2}([ T](\d|[01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?'
        ) then try_cast(replace(value, '/', '-') as timestamp)
        when regexp_full_match(
            value, '[12]\d{3}\.\d{1,2}\.\d{1,2}( (\d|[01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?'
        ) then try_cast(replace(value, '.', '-') as timestamp)
        when regexp_full_match(
            value, '[12]\d{3}年\d{1,2}月\d{1,2}(日( ?(\d|[01]\d|2[0-3])[:时点][0-5]\d([:分]|[:分][0-5]\d秒?)?)?)?'
        ) then try_cast(rtrim(translate(value, '年月日时点分秒', '-- :::'), ' :') as timestamp)
    end;
-- a format that fails costs a hundred times one that fits, so the rare ones are tried on what is left only
create or replace temp macro common_time(value, formats, own_first) as
    case
        when value like '____-__-__ __:__:__%' then try_strptime(value, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f'])
        when own_first then coalesce(try_strptime(value, formats), plain_time(value))
        else coalesce(plain_time(value), try_strptime(value, formats))
    end;
create or replace temp macro rare_time(value, zone) as
    case when regexp_matches(value, '[0-9０-９]') then coalesce(
        zoned_time(value, zone), compact_time(value), clock_time(value), serial_time(value),
        half_shift(clock_time(without_half(straight_time(value))), value)
    ) end;
-- what is not there need not be tried at all
create or replace temp macro any_time(value, formats, own_first, zone) as
    case when value is not null then coalesce(common_time(value, formats, own_first), rare_time(value, zone)) end;
-- a time outside 1990-2100 is a slip, not a time
create or replace temp macro likely_time(moment) as
    if(moment >= timestamp '1990-01-01' and moment < timestamp '2100-01-01', moment, null);
-- an end before 1990 is read too: it is then before its beginning, and reported as that
create or replace temp macro likely_end(moment) as if(moment < timestamp '2100-01-01', moment, null);
-- a date without a clock means the whole day: 2025-03-10, 20250310, 2025年3月10日
create or replace temp macro is_day_alone(value, moment) as
    moment = date_trunc('day', moment) and not regexp_matches(value, '[:：时点]|[0-9０-９]{10,}|\.\d*[1-9]');
