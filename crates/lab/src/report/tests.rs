//! What holds for every picture and for the page.
