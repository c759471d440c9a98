"""Tables of appeals for the admin page of a certificate."""
