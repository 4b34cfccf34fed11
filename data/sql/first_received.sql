-- When was the first complaint received?
select min(received_at) as first_on from complaints
