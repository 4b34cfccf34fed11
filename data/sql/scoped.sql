-- The facts a screen's filters select: [since, until) on either clock; an empty list selects all.
select * from facts
where counted_at >= $since and counted_at < $until
    and (not $assessed_only or assessed)
    and (len($categories) = 0 or list_contains($categories, category_id))
    and (len($channels) = 0 or list_contains($channels, channel_id))
    and (
        len($areas) = 0
        or place_id in (select place_id from place_areas where list_contains($areas, area_key))
    )
