"""What is measured: ratios within one run on one machine, printed with the load. Nothing here is a test."""
