//! Every key of a target of replicas: what it is read as, and what holds where it is left out.

use insta::assert_snapshot;

use crate::{RIGHT, edited, read};

#[test]
fn every_key_left_out_takes_its_documented_default() {
    let policy = read(RIGHT);
    assert_snapshot!(format!("{policy:#?}"), @r#"
    Policy {
        targets: [
            Target {
                name: "orders",
                kind: RdsReplicas(
                    RdsReplicas {
                        source: "orders-primary",
                        engine: MySql,
                        class: None,
                        fallback_classes: [],
                        fallback_zones: [],
                        security_groups: [],
                        reader: ReaderName {
                            zone: "Z08ORDERS",
                            name: "ro.example.com",
                            ttl: TtlSeconds(
                                10,
                            ),
                        },
                        prefix: "tg-orders-",
                        owner: "tidegate",
                        tags: {},
                        stage: "default",
                        floor: false,
                        lag_bound: 30s,
                        max_connections: None,
                        pool_lifetime: 300s,
                        creations_per_day: Count(
                            12,
                        ),
                        replace_after: 3600s,
                        drain: Drain {
                            deadline: 2700s,
                            quiet_points: 4,
                            idle_connections: 0,
                            on_deadline: Cancel,
                        },
                    },
                ),
                scaling: Scaling {
                    min: Count(
                        1,
                    ),
                    max: Count(
                        5,
                    ),
                    evaluate_every: 300s,
                    scale_out: [
                        ThresholdRule {
                            signal: PrimaryCpu,
                            comparison: Above,
                            threshold: 70.0,
                            points: All {
                                of: 10,
                            },
                            step: Count(
                                1,
                            ),
                            text: "primary cpu > 70% for 10m",
                        },
                    ],
                    scale_in: [
                        ThresholdRule {
                            signal: ReplicaCpu,
                            comparison: Below,
                            threshold: 40.0,
                            points: All {
                                of: 30,
                            },
                            step: Count(
                                1,
                            ),
                            text: "replica cpu < 40% for 30m",
                        },
                    ],
                    track: [],
                    alert: [],
                    windows: [],
                    cooldown: PerDirection {
                        out: 300s,
                        in_: 1800s,
                    },
                    stabilization: PerDirection {
                        out: 0s,
                        in_: 300s,
                    },
                    rate_limit: PerDirection {
                        out: None,
                        in_: None,
                    },
                    margin: Percent(
                        10.0,
                    ),
                    at_maximum_for: 900s,
                    forecast: None,
                    override_for: 3600s,
                },
            },
        ],
        notify: [],
    }
    "#);
}

#[test]
fn every_key_is_read() {
    let policy = read(&edited(&[
        "name = 'orders-2'",
        "engine = \"postgres\"",
        "class = \"db.r6g.2xlarge\"",
        "fallback_classes = [\"db.r6i.2xlarge\", \"db.r5.2xlarge\"]",
        "fallback_zones = [\"eu-west-1b\"]",
        "security_groups = [\"sg-0a1b2c3d\", \"sg-1a1b2c3d\"]",
        "prefix = \"ro-\"",
        "owner = \"team: data\"",
        "tags = { team = \"data\", \"cost-center\" = \"4711\" }",
        "floor = true",
        "lag_bound = \"1m30s\"",
        "max_connections = 600",
        "pool_lifetime = \"20m\"",
        "creations_per_day = 3",
        "replace_after = \"2h\"",
        "drain = { deadline = \"1h\", quiet_points = 5, idle_connections = 2, on_deadline = \"force\" }",
        "max = 15",
        "evaluate_every = \"1m\"",
        "alert = [\"lag > 5m for 1m\"]",
        "track = [\"replica connections at 62.5%\"]",
        "windows = [{ days = [\"sat\", \"mon-wed\"], from = \"00:00\", to = \"24:00\", zone = \"europe/madrid\", min = 2, max = 4 }]",
        "cooldown = { out = \"20m\", in = \"0s\" }",
        "stabilization = { out = \"1m\" }",
        "rate_limit = { out = \"2 per 15m\" }",
        "margin = \"0%\"",
        "forecast = { mode = \"act\", price = 30, objective = \"80%\", horizon = \"45m\", start_cost = 20 }",
    ]));
    assert_snapshot!(format!("{policy:#?}"), @r#"
    Policy {
        targets: [
            Target {
                name: "orders-2",
                kind: RdsReplicas(
                    RdsReplicas {
                        source: "orders-primary",
                        engine: Postgres,
                        class: Some(
                            "db.r6g.2xlarge",
                        ),
                        fallback_classes: [
                            "db.r6i.2xlarge",
                            "db.r5.2xlarge",
                        ],
                        fallback_zones: [
                            "eu-west-1b",
                        ],
                        security_groups: [
                            "sg-0a1b2c3d",
                            "sg-1a1b2c3d",
                        ],
                        reader: ReaderName {
                            zone: "Z08ORDERS",
                            name: "ro.example.com",
                            ttl: TtlSeconds(
                                10,
                            ),
                        },
                        prefix: "ro-",
                        owner: "team: data",
                        tags: {
                            "cost-center": "4711",
                            "team": "data",
                        },
                        stage: "default",
                        floor: true,
                        lag_bound: 90s,
                        max_connections: Some(
                            600,
                        ),
                        pool_lifetime: 1200s,
                        creations_per_day: Count(
                            3,
                        ),
                        replace_after: 7200s,
                        drain: Drain {
                            deadline: 3600s,
                            quiet_points: 5,
                            idle_connections: 2,
                            on_deadline: Force,
                        },
                    },
                ),
                scaling: Scaling {
                    min: Count(
                        1,
                    ),
                    max: Count(
                        15,
                    ),
                    evaluate_every: 60s,
                    scale_out: [
                        ThresholdRule {
                            signal: PrimaryCpu,
                            comparison: Above,
                            threshold: 70.0,
                            points: All {
                                of: 10,
                            },
                            step: Count(
                                1,
                            ),
                            text: "primary cpu > 70% for 10m",
                        },
                    ],
                    scale_in: [
                        ThresholdRule {
                            signal: ReplicaCpu,
                            comparison: Below,
                            threshold: 40.0,
                            points: All {
                                of: 30,
                            },
                            step: Count(
                                1,
                            ),
                            text: "replica cpu < 40% for 30m",
                        },
                    ],
                    track: [
                        TrackingRule {
                            signal: ReplicaConnections,
                            target: 62.5,
                            text: "replica connections at 62.5%",
                        },
                    ],
                    alert: [
                        ThresholdRule {
                            signal: Lag,
                            comparison: Above,
                            threshold: 300.0,
                            points: All {
                                of: 1,
                            },
                            step: Count(
                                1,
                            ),
                            text: "lag > 5m for 1m",
                        },
                    ],
                    windows: [
                        CapacityWindow {
                            days: Weekdays {
                                on: [
                                    Monday,
                                    Tuesday,
                                    Wednesday,
                                    Saturday,
                                ],
                                except: {},
                            },
                            from: 00:00:00,
                            to: None,
                            zone: TimeZone(
                                TZif(
                                    "Europe/Madrid",
                                ),
                            ),
                            min: Some(
                                Count(
                                    2,
                                ),
                            ),
                            max: Some(
                                Count(
                                    4,
                                ),
                            ),
                            lead: 0s,
                            over: 0s,
                            text: "sat,mon-wed 00:00-24:00 Europe/Madrid",
                        },
                    ],
                    cooldown: PerDirection {
                        out: 1200s,
                        in_: 0s,
                    },
                    stabilization: PerDirection {
                        out: 60s,
                        in_: 300s,
                    },
                    rate_limit: PerDirection {
                        out: Some(
                            RateLimit {
                                members: Count(
                                    2,
                                ),
                                period: 900s,
                            },
                        ),
                        in_: None,
                    },
                    margin: Percent(
                        0.0,
                    ),
                    at_maximum_for: 900s,
                    forecast: Some(
                        Forecast {
                            mode: Act,
                            price: 30.0,
                            objective: Percent(
                                80.0,
                            ),
                            horizon: 2700s,
                            start_cost: 20.0,
                        },
                    ),
                    override_for: 3600s,
                },
            },
        ],
        notify: [],
    }
    "#);
}
