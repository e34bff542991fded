"""摆渡 The file ferry: what the broker carries, in signed and sealed files across networks that are kept apart.

`bundles` is the format, `outbound` what an agency is sent, `positions` how far each one is, `partner` an agency's own
copy of what came. Reading order the same.
"""
