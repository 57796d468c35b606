//! The `lacquer` application: devices, live processing, recorder, player and window, and the command line around them.
#![forbid(unsafe_code)]

