//! A page: widgets on CloudWatch's grid of 24 columns, filled from the left, row after row.

use serde_json::{Value, json};
use tidegate_policy::policy::Target;
use tidegate_policy::units::Count;

use super::widget::{COLUMNS, Widget};

/// A dashboard that refers to so many metrics is free, three of them an account; one that refers to more is $3 a month ("Amazon CloudWatch
/// pricing").
pub const FREE_METRICS: usize = 50;

/// So many targets have a chart each; more have one chart, of the target that is chosen at the top of the page.
pub(super) const CHARTS: usize = 9;

/// What the chosen target's name takes the place of, wherever it stands on the page.
pub(super) const CHOSEN: &str = "the-chosen-target";

/// One dashboard.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The end of its name.
    pub(super) name: &'static str,
    /// In the template.
    pub(super) logical_id: &'static str,
    placed: Vec<Placed>,
    /// Names that can be chosen; empty where nothing is.
    choices: Vec<String>,
    /// Where the next widget goes.
    next: (u32, u32),
    /// The height of the row that is being filled.
    row: u32,
}

#[derive(Clone, Debug)]
struct Placed {
    x: u32,
    y: u32,
    widget: Widget,
}

impl Page {
    /// Without widgets yet.
    pub(super) fn new(name: &'static str, logical_id: &'static str) -> Self {
        Self { name, logical_id, placed: Vec::new(), choices: Vec::new(), next: (0, 0), row: 0 }
    }

    /// To the right of the last widget, or below it if there is no room.
    pub(super) fn add(&mut self, widget: Widget) {
        if self.next.0 + widget.width > COLUMNS {
            self.end_row();
        }
        let (x, y) = self.next;
        self.next.0 += widget.width;
        self.row = self.row.max(widget.height);
        self.placed.push(Placed { x, y, widget });
    }

    /// A heading, and the widgets below it; nothing without any.
    pub(super) fn section(&mut self, heading: &str, widgets: Vec<Widget>) {
        if widgets.is_empty() {
            return;
        }
        self.end_row();
        self.add(Widget::heading(heading));
        for widget in widgets {
            self.add(widget);
        }
        self.end_row();
    }

    /// A chart for each target, or with many of them one for the target that is chosen: `chart` is given its name, and it where it is known.
    pub(super) fn section_by_target(
        &mut self,
        heading: &str,
        targets: &[&Target],
        chart: impl Fn(&str, Option<&Target>) -> Widget,
    ) {
        if targets.len() <= CHARTS {
            let charts = targets.iter().map(|target| chart(target.name.as_str(), Some(target)));
            self.section(heading, charts.collect());
        } else {
            let mut chart = chart(CHOSEN, None);
            chart.width = COLUMNS;
            self.section(&format!("{heading} of the target chosen at the top"), vec![chart]);
            self.choices = targets.iter().map(|target| target.name.to_string()).collect();
        }
    }

    /// What comes next stands at the left.
    pub(super) fn end_row(&mut self) {
        self.next = (0, self.next.1 + self.row);
        self.row = 0;
    }

    /// How many metrics its widgets refer to; one in two widgets is two.
    pub(super) fn metrics(&self, replicas: Count) -> usize {
        self.placed.iter().map(|placed| placed.widget.metrics(replicas)).sum()
    }

    /// The body, with references for `!Sub`.
    pub(super) fn body(&self) -> Value {
        let widget = |Placed { x, y, widget }: &Placed| {
            json!({
                "type": widget.kind(),
                "x": x,
                "y": y,
                "width": widget.width,
                "height": widget.height,
                "properties": widget.properties(),
            })
        };
        let widgets: Vec<Value> = self.placed.iter().map(widget).collect();
        let mut body = json!({"start": "-PT3H", "periodOverride": "inherit", "widgets": widgets});
        if let Some(first) = self.choices.first() {
            let values: Vec<Value> =
                self.choices.iter().map(|name| json!({"value": name, "label": name})).collect();
            body["variables"] = json!([{
                "type": "pattern",
                "pattern": CHOSEN,
                "inputType": "select",
                "id": "target",
                "label": "Target",
                "defaultValue": first,
                "visible": true,
                "values": values,
            }]);
        }
        body
    }
}
