"""Spreadsheets as offices use them: read strictly whatever kind they are (`reading`), columns to fields (`mapping`),
written as an office files them (`writing`)."""
