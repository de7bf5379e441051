"""Gauss-Newton steps that move the handles and change the picture the least elsewhere."""
