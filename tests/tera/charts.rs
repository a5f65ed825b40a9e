//! The charts that windlass brings: the sample and what create writes.
