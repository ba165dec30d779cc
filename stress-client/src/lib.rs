//! Breaks the stages and measures them: the load generator and the contract checks, as a library.

pub mod check;
