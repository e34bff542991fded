"""Official papers: their layout (GB/T 9704-2012) and the way to PDF.

`gongwen` builds a paper, `office` makes PDFs by LibreOffice, with `fonts`. What a paper says is put together in
`gongze`; nothing here reads the ledger.
"""
