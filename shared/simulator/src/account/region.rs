//! How much there is to page through in the Region, whichever targets an answer is for.

/// How much AWS pages through when it is asked for everything, whichever targets the answer is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// Of RDS.
    pub(super) instances: usize,
    /// Of ElastiCache.
    pub(super) groups: usize,
    /// Of all groups.
    pub(super) nodes: usize,
}
