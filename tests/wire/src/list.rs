//! The scenarios by name, in one place: each runs over the wire and in the simulator, or says why the simulator has nothing to run.

/// How the simulator runs a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// By these tests.
    By(&'static [&'static str]),
    /// Not at all: what the scenario is about is not in it.
    No(&'static str),
}

/// One scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What happens.
    pub name: &'static str,
    /// The tests in `tests/wire/tests/wire` that run it.
    pub wire: &'static [&'static str],
    /// The tests that run it in the simulator.
    pub simulated: Simulated,
}

use Simulated::{By, No};

/// Every scenario.
pub const SCENARIOS: [Scenario; 53] = [
    Scenario {
        name: "out by an alarm",
        wire: &[
            "an_alarm_over_sns_brings_a_replica_into_service_by_its_weight",
            "every_event_that_wakes_is_read",
        ],
        simulated: By(&["a_wake_up_by_event_plans_what_the_clock_would"]),
    },
    Scenario {
        name: "ramp",
        wire: &["the_ramp_goes_by_steps_and_one_change_at_a_time"],
        simulated: By(&["weights_rise_by_steps_and_one_change_at_a_time"]),
    },
    Scenario {
        name: "drain and remove",
        wire: &[
            "a_replica_is_drained_then_leaves_dns_and_only_then_is_deleted",
            "a_whole_way_leaves_the_source_alone",
        ],
        simulated: By(&["a_removal_drains_then_leaves_dns_and_only_then_deletes"]),
    },
    Scenario {
        name: "at rest",
        wire: &["at_rest_an_attempt_changes_nothing", "a_quiet_minute_buys_nothing_and_writes_nothing"],
        simulated: By(&["a_quiet_minute_is_one_read_of_the_ledger_the_instances_and_the_records"]),
    },
    Scenario {
        name: "dry run",
        wire: &["a_dry_run_by_hand_writes_nothing_at_all"],
        simulated: By(&["a_dry_run_plans_what_the_attempt_then_does_and_changes_nothing"]),
    },
    Scenario {
        name: "what it tells",
        wire: &[
            "an_attempt_is_one_line_and_every_metric_that_it_names_is_in_it",
            "without_being_asked_for_all_only_what_was_done_is_published",
            "a_policy_that_cannot_be_followed_is_published_as_such",
            "a_dry_run_counts_neither_actions_nor_holds",
        ],
        simulated: No("it has no log: who runs an attempt is handed its report"),
    },
    Scenario {
        name: "throttled",
        wire: &["throttled_calls_are_made_again"],
        simulated: By(&["any_call_may_go_wrong_once_at_any_minute", "every_mishap_keeps_the_invariants"]),
    },
    Scenario {
        name: "500s",
        wire: &["server_errors_pass"],
        simulated: By(&["any_call_may_go_wrong_once_at_any_minute"]),
    },
    Scenario {
        name: "resets and lost answers",
        wire: &["resets_and_answers_cut_off_pass"],
        simulated: By(&["any_call_may_go_wrong_once_at_any_minute"]),
    },
    Scenario {
        name: "PriorRequestNotComplete, DBInstanceAlreadyExists, InvalidDBInstanceState",
        wire: &["the_refusals_that_only_aws_knows_pass"],
        simulated: By(&[
            "any_call_may_go_wrong_once_at_any_minute",
            "the_add_path_survives_a_crash_at_every_write",
        ]),
    },
    Scenario {
        name: "InstanceQuotaExceeded",
        wire: &["a_quota_makes_it_ask_ever_more_rarely"],
        simulated: By(&["a_creation_that_only_a_person_can_help_is_tried_ever_more_rarely"]),
    },
    Scenario {
        name: "denied permissions",
        wire: &[
            "denied_permissions_are_named_and_change_nothing",
            "denied_changes_fail_the_invocation_and_leave_what_is_there",
        ],
        simulated: By(&[
            "without_the_ledger_nothing_is_changed_anywhere",
            "what_cannot_be_observed_is_left_alone_and_the_lease_is_given_back",
        ]),
    },
    Scenario {
        name: "out of time",
        wire: &["an_attempt_that_runs_out_of_time_says_so_and_the_next_one_goes_on"],
        simulated: No("an attempt takes no time in it; that one is cut off anywhere is the crash walk"),
    },
    Scenario {
        name: "two at once",
        wire: &["of_two_binaries_at_once_exactly_one_acts"],
        simulated: By(&[
            "while_one_attempt_holds_the_lease_the_other_does_nothing",
            "a_second_attempt_may_come_before_any_write",
        ]),
    },
    Scenario {
        name: "killed between any two calls",
        wire: &["killed_between_any_two_calls_the_next_process_goes_on"],
        simulated: By(&[
            "the_add_path_survives_a_crash_at_every_write",
            "the_remove_path_survives_a_crash_at_every_write",
            "the_way_to_zero_and_back_survives_a_crash_at_every_write",
        ]),
    },
    Scenario {
        name: "foreign replicas and records",
        wire: &["a_foreign_replica_and_a_foreign_record_are_left_alone"],
        simulated: By(&["every_mishap_keeps_the_invariants"]),
    },
    Scenario {
        name: "malformed and foreign events",
        wire: &["a_malformed_or_foreign_event_is_an_error_that_says_what_arrived"],
        simulated: No("it has no events: who wakes an attempt is an argument"),
    },
    Scenario {
        name: "bad input",
        wire: &[
            "a_missing_variable_is_named",
            "a_variable_that_makes_no_sense_is_named",
            "a_policy_that_cannot_be_read_is_named_with_its_place",
            "a_policy_in_a_parameter_is_followed",
            "an_absent_table_stops_everything",
            "a_ledger_that_cannot_be_read_has_the_policy_read_again",
            "an_absent_zone_and_a_name_of_another_zone_change_nothing",
            "an_absent_source_and_one_without_backups_change_nothing",
        ],
        simulated: No("it has no environment, table, zone or parameter that could be absent"),
    },
    // Services.
    Scenario {
        name: "services follow their work",
        wire: &[
            "a_service_goes_out_by_cpu_and_in_again_by_its_cooldowns",
            "requests_set_the_number_of_tasks_at_once",
            "a_queue_wakes_a_service_without_tasks_and_lets_it_sleep_again",
        ],
        simulated: By(&["cooldowns_are_the_missions", "workers_come_up_from_zero_and_go_back"]),
    },
    Scenario {
        name: "services at rest",
        wire: &["at_rest_a_service_is_not_changed", "a_quiet_minute_of_a_service_is_one_call"],
        simulated: By(&["a_quiet_minute_of_a_service_or_a_group_is_one_read_of_the_ledger"]),
    },
    Scenario {
        name: "dry run of a service",
        wire: &["a_dry_run_of_a_service_writes_nothing"],
        simulated: By(&["a_dry_run_plans_what_the_attempt_then_does_and_changes_nothing"]),
    },
    Scenario {
        name: "shift",
        wire: &["the_shift_begins_at_eight_and_ends_at_ten_in_the_evening", "a_missed_wake_up_is_caught_up"],
        simulated: By(&["a_day_of_shifts", "a_missed_wake_up_is_caught_up_at_the_next"]),
    },
    Scenario {
        name: "scalable target",
        wire: &[
            "with_a_scalable_target_only_its_bounds_are_moved",
            "what_is_suspended_in_a_scalable_target_stays_so",
            "without_a_scalable_target_none_is_made",
            "a_scalable_target_that_goes_is_not_made_again",
            "application_auto_scaling_may_have_an_endpoint_of_its_own",
        ],
        simulated: By(&["native_auto_scaling_moves_the_count_within_bounds_that_follow_the_shifts"]),
    },
    Scenario {
        name: "rollout",
        wire: &[
            "nothing_is_taken_away_until_a_rollout_is_complete",
            "an_addition_does_not_wait_for_a_rollout",
        ],
        simulated: By(&["a_rollout_in_the_middle_of_a_scale_in"]),
    },
    Scenario {
        name: "direct command",
        wire: &[
            "a_direct_command_acts_is_remembered_and_ends",
            "a_command_over_a_bus_acts_and_another_one_ends_it",
            "a_switched_off_stack_changes_nothing_until_it_is_switched_on",
            "a_command_sets_the_bounds_of_a_scalable_target_for_a_while",
            "a_command_that_cannot_be_followed_fails_and_changes_nothing",
            "a_command_that_comes_twice_acts_once",
            "a_command_that_is_late_changes_nothing",
        ],
        simulated: By(&[
            "a_direct_command_holds_and_ends_by_itself",
            "a_direct_command_that_is_late_replaces_no_newer_one",
        ]),
    },
    Scenario {
        name: "planned event",
        wire: &[
            "a_planned_event_has_its_tasks_an_hour_before_and_warm_and_keeps_them",
            "what_a_planned_event_brought_goes_by_steps",
            "an_application_that_does_not_answer_is_told_and_scaling_goes_on",
        ],
        simulated: By(&["an_event_of_five_thousand_requests_a_minute"]),
    },
    Scenario {
        name: "foreign write",
        wire: &["a_foreign_write_is_told_and_not_fought"],
        simulated: By(&["somebody_else_changes_the_count_and_it_is_told_and_not_fought"]),
    },
    Scenario {
        name: "services that are left alone",
        wire: &["a_service_that_cannot_be_scaled_is_left_alone_and_says_why"],
        simulated: By(&["a_service_that_is_not_ours_to_scale_is_left_alone_and_told"]),
    },
    Scenario {
        name: "services: throttled, 500s, resets and lost answers",
        wire: &[
            "throttled_calls_of_services_are_made_again",
            "server_errors_of_services_pass",
            "resets_of_services_pass",
            "a_lost_answer_of_a_change_of_a_service_is_found_out",
        ],
        simulated: By(&["any_call_may_go_wrong_once_at_any_minute"]),
    },
    Scenario {
        name: "services: denied permissions",
        wire: &["denied_permissions_of_services_are_named_and_change_nothing"],
        simulated: By(&["what_cannot_be_observed_is_left_alone_and_the_lease_is_given_back"]),
    },
    Scenario {
        name: "services: two at once",
        wire: &["of_two_binaries_at_once_one_changes_the_service"],
        simulated: By(&["while_one_attempt_holds_the_lease_the_other_does_nothing"]),
    },
    Scenario {
        name: "services: killed around a change",
        wire: &["killed_around_a_change_of_a_service_the_next_process_goes_on"],
        simulated: By(&["a_service_survives_a_crash_at_every_write"]),
    },
    Scenario {
        name: "events of services",
        wire: &["what_a_service_tells_wakes_its_target"],
        simulated: No("it has no events: who wakes an attempt is an argument"),
    },
    // Nodes.
    Scenario {
        name: "nodes follow their reads",
        wire: &[
            "reads_bring_a_replica_and_quiet_takes_it_away",
            "small_nodes_are_read_by_their_host_as_a_share_of_one_core",
            "a_group_of_many_shards_gets_a_replica_in_each",
            "writes_bring_no_replica_and_are_told",
            "a_group_on_a_later_page_is_found",
        ],
        simulated: By(&[
            "a_day_of_reads_scales_out_and_in_without_a_breach",
            "with_shards_every_shard_gets_its_replica_for_reads",
            "a_busy_primary_gets_no_replica",
        ]),
    },
    Scenario {
        name: "memory of nodes",
        wire: &[
            "memory_brings_no_replica_and_is_told",
            "evictions_bring_no_replica_and_are_told",
            "memory_brings_a_shard_where_the_policy_lets_it",
            "without_leave_no_shard_is_added",
            "larger_nodes_wait_for_the_maintenance_window",
            "a_node_type_that_cannot_be_reached_is_told",
        ],
        simulated: By(&[
            "memory_without_a_lever_is_told_and_no_replica_is_added",
            "memory_gets_shards_where_the_policy_allows_them_and_they_go_again",
            "memory_gets_a_larger_type_in_the_maintenance_window_and_not_before",
        ]),
    },
    Scenario {
        name: "nodes at rest",
        wire: &["at_rest_a_group_is_not_changed", "a_quiet_minute_of_a_group_is_one_call"],
        simulated: By(&[
            "on_a_calm_day_nothing_is_changed",
            "a_quiet_minute_of_a_service_or_a_group_is_one_read_of_the_ledger",
        ]),
    },
    Scenario {
        name: "dry run of nodes",
        wire: &["a_dry_run_of_a_group_writes_nothing"],
        simulated: By(&["a_dry_run_plans_what_the_attempt_then_does_and_changes_nothing"]),
    },
    Scenario {
        name: "busy group",
        wire: &[
            "nothing_more_is_asked_for_while_a_node_is_still_creating",
            "what_somebody_else_does_to_a_group_is_waited_for_told_and_not_fought",
            "a_group_that_makes_a_snapshot_is_left_until_it_is_over",
        ],
        simulated: By(&[
            "nothing_is_asked_for_while_a_backup_runs",
            "somebody_else_changes_the_group_and_is_not_fought",
        ]),
    },
    Scenario {
        name: "failover between plan and call",
        wire: &["a_replica_that_became_the_primary_is_not_asked_to_go"],
        simulated: By(&[
            "a_failover_between_the_plan_and_its_call_never_costs_the_primary",
            "a_failover_in_the_middle_of_every_change_costs_no_primary",
        ]),
    },
    Scenario {
        name: "failover minimum",
        wire: &[
            "the_last_replica_of_a_group_that_fails_over_stays",
            "without_failover_the_last_replica_may_go",
        ],
        simulated: By(&["the_failover_minimum_and_the_primary_stay"]),
    },
    Scenario {
        name: "nodes that are left alone",
        wire: &[
            "what_is_no_replication_group_fails_and_says_what_it_is",
            "a_policy_of_the_other_cluster_mode_fails_and_says_so",
            "native_scaling_of_a_group_is_respected_and_told",
        ],
        simulated: By(&[
            "beside_native_scaling_nothing_is_changed",
            "what_is_no_group_is_told_for_what_it_is",
        ]),
    },
    Scenario {
        name: "bad policies of nodes",
        wire: &["a_policy_of_nodes_that_cannot_be_followed_is_named_with_its_place"],
        simulated: No("its policies are read and checked before it starts"),
    },
    Scenario {
        name: "events of nodes",
        wire: &[
            "what_a_group_tells_wakes_its_target",
            "a_malformed_event_changes_no_group",
            "a_direct_command_to_nodes_is_followed",
        ],
        simulated: No("it has no events: who wakes an attempt is an argument"),
    },
    Scenario {
        name: "nodes: throttled, 500s, resets and lost answers",
        wire: &[
            "throttled_calls_of_groups_are_made_again",
            "server_errors_of_groups_pass",
            "resets_of_groups_pass",
            "a_lost_answer_of_a_change_of_a_group_is_found_out",
            "a_lost_answer_of_a_resharding_is_found_out",
        ],
        simulated: By(&["any_call_may_go_wrong_once_at_any_minute", "an_answer_that_is_lost_had_its_effect"]),
    },
    Scenario {
        name: "nodes: refused by ElastiCache",
        wire: &[
            "a_state_that_elasticache_alone_knows_delays_a_change",
            "a_group_that_aws_has_no_room_for_is_asked_for_ever_more_rarely",
        ],
        simulated: By(&["what_aws_refuses_is_told_and_asked_for_again_later"]),
    },
    Scenario {
        name: "nodes: denied permissions",
        wire: &["denied_permissions_of_groups_are_named_and_change_nothing"],
        simulated: By(&["what_cannot_be_observed_is_left_alone_and_the_lease_is_given_back"]),
    },
    Scenario {
        name: "nodes: two at once",
        wire: &["of_two_binaries_at_once_one_changes_the_group"],
        simulated: By(&["while_one_attempt_holds_the_lease_the_other_does_nothing"]),
    },
    Scenario {
        name: "nodes: killed between any two calls",
        wire: &["killed_between_any_two_calls_of_a_group_the_next_process_goes_on"],
        simulated: By(&[
            "a_group_survives_a_crash_at_every_write_of_its_replicas",
            "a_group_survives_a_crash_at_every_write_of_its_shards",
            "a_group_survives_a_crash_at_every_write_of_its_node_type",
        ]),
    },
    Scenario {
        name: "before a deployment",
        wire: &[
            "before_a_deployment_an_account_in_order_lets_it_go_on",
            "before_a_deployment_everything_that_is_missing_is_told_at_once",
            "before_a_deployment_a_missing_region_and_missing_credentials_are_told_first",
            "before_a_deployment_a_policy_that_is_not_sound_is_told_with_its_lines",
        ],
        simulated: No("its account has all that the policy names, and nothing is deployed to it"),
    },
    Scenario {
        name: "before a removal",
        wire: &["before_a_removal_replicas_that_the_function_made_keep_the_stack"],
        simulated: No("no stack is ever removed from its account"),
    },
    Scenario {
        name: "people are told",
        wire: &[
            "an_alert_opens_everywhere_once_and_its_recovery_closes_it",
            "what_a_channel_cannot_take_now_is_sent_when_it_says",
            "what_a_channel_refuses_for_good_fails_loudly_and_is_not_repeated",
            "a_secret_that_is_missing_is_named_and_the_other_channels_are_told",
            "a_test_reaches_each_channel_and_says_what_each_replied",
            "the_digest_of_a_week_is_sent_once_and_wakes_nobody",
            "an_alarm_on_a_topic_is_told_and_what_is_no_alarm_is_an_error",
            "a_bot_goes_on_in_a_thread_and_amazon_q_and_an_endpoint_get_their_own_shapes",
        ],
        simulated: No(
            "channels are not simulated: the delivery has tests of its own on a world of fakes, in shared/notify",
        ),
    },
    Scenario {
        name: "what happens is published",
        wire: &["what_a_function_does_comes_out_of_the_bus_as_events_that_are_told"],
        simulated: No(
            "the simulated ledger publishes by the same port: see what the walk over every write in tests/ says of it",
        ),
    },
    Scenario {
        name: "the ledger's promise",
        wire: &["the_ledger_in_dynamodb_keeps_the_ports_promise"],
        simulated: By(&["the_simulated_ledger_keeps_the_ports_promise"]),
    },
];
