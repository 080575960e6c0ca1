//! One integration binary for the workspace: linking is what costs.
