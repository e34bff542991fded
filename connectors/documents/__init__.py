"""Official papers: their layout (GB/T 9704-2012), the filling of templates, and the way to PDF.

`gongwen` builds a paper, `filling` fills an office's own template, `office` makes PDFs by LibreOffice, with `fonts`.
What a paper says is put together in `gongze`; nothing here reads the ledger.
"""
