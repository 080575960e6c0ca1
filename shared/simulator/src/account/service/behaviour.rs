//! Each behaviour of a simulated service that a scaler's safety hangs on, as a named situation.
