//! Chart and values in, text out: two template languages behind one door.

pub mod error;
pub mod functions;
pub mod value;
