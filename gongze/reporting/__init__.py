"""The joint meeting's semiannual report and the officers' statistics: every figure defined, counted and traceable.

Source: 拉萨实施意见 四（一）: “会议主要内容为通报重点任务进展情况、研究重大事项、会商疑难问题”. Reading order: `definitions`
(what each figure is), `facts` (what one case contributes), `figures` (their sums), `report` (the paper).
"""
