"""The two books: 文书账 (papers between agencies) and 案件账 (cases), their balance, and what does not agree (核账)."""
