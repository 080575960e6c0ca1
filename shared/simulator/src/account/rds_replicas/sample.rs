//! What one instance published of one minute.

/// One minute of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Percent.
    pub(crate) cpu: f64,
    /// A count.
    pub(crate) connections: f64,
    /// Seconds; `None` where none is published.
    pub(crate) lag: Option<f64>,
    /// What it could serve of the reads behind the name, in capacities of one replica; not published.
    pub(crate) serves: f64,
}

impl Sample {
    /// In the order of `Metric`.
    pub(super) fn values(&self) -> [f64; SERIES] {
        [self.cpu, self.connections, self.lag.unwrap_or(f64::NAN)]
    }
}

/// How many series an instance has.
pub(crate) const SERIES: usize = 3;
