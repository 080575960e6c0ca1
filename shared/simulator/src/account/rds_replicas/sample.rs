//! What one instance published of one minute.

use tidegate_policy::policy::Metric;

use super::disk::Disk;

/// One minute of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Percent.
    pub(crate) cpu: f64,
    /// A count.
    pub(crate) connections: f64,
    /// Seconds; `None` where none is published.
    pub(crate) lag: Option<f64>,
    /// How far it is behind in truth, in seconds: of an idle PostgreSQL source the published lag is the age of the last record; not published.
    pub(super) behind: Option<f64>,
    pub(super) disk: Disk,
    /// What it could serve of the reads behind the name, in capacities of one replica; not published.
    pub(crate) serves: f64,
}

impl Sample {
    /// Of an instance that does not serve.
    pub(super) const NOTHING: Sample = Sample {
        cpu: 0.0,
        connections: 0.0,
        lag: None,
        behind: None,
        disk: Disk { read_latency: 0.0, queue: 0.0 },
        serves: 0.0,
    };

    /// In the order of `Metric`.
    pub(super) fn values(&self) -> [f64; SERIES] {
        Metric::ALL.map(|metric| match metric {
            Metric::Cpu => self.cpu,
            Metric::Connections => self.connections,
            Metric::Lag => self.lag.unwrap_or(f64::NAN),
            Metric::ReadLatency => self.disk.read_latency,
            Metric::DiskQueue => self.disk.queue,
        })
    }
}

/// How many series an instance has.
pub(crate) const SERIES: usize = Metric::ALL.len();
