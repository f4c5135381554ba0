//! Lying bars, each made of parts: who has what share of a whole.

use super::{LEFT, RIGHT, WIDTH, figure, head, label, legend, line};

/// A picture of bars.
#[derive(Clone, Debug)]
pub struct Bars {
    title: &'static str,
    unit: &'static str,
    parts: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
}

/// Colours of the parts, in this order and then again.
const CLASSES: [&str; 6] = ["c0", "c2", "c5", "c4", "c3", "c1"];
/// Where bars begin: their names are longer than figures.
const BEGIN: f64 = LEFT + 96.0;
/// From one bar to the next, and from the top to the first.
const STEP: f64 = 34.0;
const FIRST: f64 = 62.0;
/// Room for the sum behind a bar.
const SUM: f64 = 84.0;
/// What stands below the bars.
const BELOW: f64 = 56.0;

impl Bars {
    /// A picture without bars; all are made of these parts and measured in this unit.
    pub fn new(title: &'static str, unit: &'static str, parts: impl IntoIterator<Item = String>) -> Self {
        Self { title, unit, parts: parts.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a bar below the others.
    pub fn add(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) {
        self.rows.push((name.into(), values.into_iter().collect()));
    }

    /// The picture as a file. The longest bar fills the page.
    pub fn draw(&self) -> String {
        let bottom = FIRST + STEP * self.rows.len() as f64;
        let lines = self.parts.len().div_ceil(3) as f64;
        let mut page = head(self.title, bottom + BELOW + 20.0 * lines);
        let sums = self.rows.iter().map(|(_, values)| values.iter().sum::<f64>());
        let width = (WIDTH - BEGIN - RIGHT - SUM) / sums.fold(f64::MIN_POSITIVE, f64::max);
        for (place, (name, values)) in self.rows.iter().enumerate() {
            let y = FIRST + STEP * place as f64;
            label(&mut page, "ink", BEGIN - 8.0, y + 4.0, "end", name);
            let mut x = BEGIN;
            for (value, class) in values.iter().zip(CLASSES.iter().cycle()) {
                // A broad line takes its colour from the style that the other pictures have.
                line(&mut page, class, [x, y, x + value * width, y], " stroke-width=\"22\"");
                x += value * width;
            }
            let sum = format!("{} {}", figure(values.iter().sum()), self.unit);
            label(&mut page, "soft", x + 6.0, y + 4.0, "start", &sum);
        }
        let entries = CLASSES.iter().cycle().copied().zip(self.parts.iter().map(String::as_str));
        legend(&mut page, bottom + 26.0, " stroke-width=\"11\"", entries);
        page.push_str("</svg>\n");
        page
    }
}
