//! The world of one attempt at a service that can be scaled, read only.

use jiff::Timestamp;

use super::follow::Followed;
use super::lever::Lever;
use super::native::Native;
use crate::evaluate::Pauses;
use crate::evaluate::ecs_service::{ServiceBounds, Signals};
use crate::observation::{ScalableTarget, Service, Stopped};
use crate::policy::{self, Target};

/// The world of one attempt at a service that can be scaled, read only.
pub(in crate::plan) struct Scene<'a> {
    pub(super) target: &'a Target,
    pub(super) ecs: &'a policy::EcsService,
    pub(super) service: &'a Service,
    pub(super) stopped: Option<&'a Stopped>,
    pub(super) scalable: Option<&'a ScalableTarget>,
    pub(super) lever: Lever<'a>,
    pub(super) native: Native<'a>,
    pub(super) clock: ServiceBounds<'a>,
    pub(super) signals: Signals<'a>,
    pub(super) followed: Followed,
    /// Whether no rule says how many there are to be, so that only the clock does.
    pub(super) schedule_only: bool,
    /// What a person paused.
    pub(super) pauses: Pauses,
    pub(super) now: Timestamp,
}
