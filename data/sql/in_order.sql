-- Does each stretch of the import hold days of its own? Then it need not be sorted.
select coalesce(
    sum(epoch(longest)) <= 2 * epoch(max(last) - min(first)), true
) as in_order
from (
    select min(received_at) as first, max(received_at) as last, last - first as longest
    from incoming
    group by row_no // 100_000
)
