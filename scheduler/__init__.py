"""When things happen with nobody clicking: daily reckoning, alerts, sheets and drafts, by one elected leader.

What may enter: when a job runs, that it runs once, and what a run left behind. What a job does is put together in
`gongze` from the rooms below and handed in, so that a job can be run by hand as well.
"""
