//! Where the policy comes from: a file of the package, or a parameter.
