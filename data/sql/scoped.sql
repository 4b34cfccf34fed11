-- The facts a screen's filters select: [since, until) on either clock; an empty list selects all.
select * from facts
where counted_at >= $since and counted_at < $until
    and in_filters(assessed, category_id, channel_id, place_id, $assessed_only, $categories, $channels, $areas)
