"""Reproducible measurements of the product, beside a peer in the same run where there is one."""
