//! What Lacquer promises, proven against standards, closed forms and independent programs.
