"""The till (柜面现金): cash boxes of tellers, cash in and out at the counter and at machines, and same-day reversals."""
