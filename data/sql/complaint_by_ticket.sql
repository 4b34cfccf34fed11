-- Which complaints carry this ticket number?
select complaint_id, source, ticket_no, received_at
from complaints where ticket_no = $ticket order by source
