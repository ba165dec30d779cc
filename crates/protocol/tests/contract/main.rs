//! The wire contract, case by case: one file for each module of `protocol`, and one for properties
//! of every stream. `stream` splits each case in every way that a network may.

mod body;
mod corpus;
mod decoder;
mod event;
mod fault;
mod framing;
mod head;
mod limits;
mod properties;
mod reply;
mod response;
mod route;
mod strategies;
mod stream;
mod target;
