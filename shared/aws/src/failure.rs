//! What an AWS error means: who can mend it, and when.
