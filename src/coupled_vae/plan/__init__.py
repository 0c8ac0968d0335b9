"""Which files there are, the job that makes each, and the record that says what made it."""
