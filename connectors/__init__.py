"""The outside: topics out and in, bundle files between separated networks, official documents, mail and chat robots.

What may enter: what speaks to a system or a format that is not ours, on top of `domain`, `events` and `projections`.
What goes to whom is decided by `domain.disclosure` alone, and what is let in by `events.intake` alone.
"""
