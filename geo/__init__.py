"""Shapes: boundaries, coordinate systems, placing points. Knows nothing of complaints."""
