"""Official documents (公文): which there are, what the ledger fills in, and the shipped templates.

Reading order: `kinds`, `fields` (the one mapping from the ledger to the names in templates), `drawing`, `drafting` (the
templates' text; run once to make `templates/*.docx`, which an office may then change or replace).
"""
