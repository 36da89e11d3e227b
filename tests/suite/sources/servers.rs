//! Servers that do not do what they are asked for: what is said, and that nothing is sent.
