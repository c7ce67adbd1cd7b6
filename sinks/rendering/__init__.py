"""What writers and exports write, as text and bytes: pure functions of alerts and statuses."""
