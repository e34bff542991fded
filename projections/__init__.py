"""What people read: SQL tables folded from the events, such as the duty board and the accounts.
Only what can be thrown away and computed again may enter, on top of `events` and `domain`: no fact begins here."""
