"""How a fact is written, signed, stored and proved: schemas, statements, keys, the event store, the log.
Only what is about facts themselves may enter, on top of `domain`: what people read is the business of `projections`."""
