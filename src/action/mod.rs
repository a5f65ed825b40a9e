//! What a user can ask for: one function per verb, joining the floors below.

pub mod create;
