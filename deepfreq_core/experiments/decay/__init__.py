"""How fast may frequencies decay? The interpolant of least weighted energy, solved exactly."""
