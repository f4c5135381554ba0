//! Pictures as hand-written SVG: axes, labels, a legend, colours for light and for dark pages, no fonts from afar. Here
//! are line charts; [`bars`] stacks shares.
#![allow(clippy::float_arithmetic, reason = "places on a page, no amounts")]

pub mod bars;

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 408.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 54.0;
const BOTTOM: f64 = 104.0;

/// Colours that stay apart for colour-blind readers (Okabe and Ito), on white and on dark grey.
const STYLE: &str = "\
svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:12px}\
.page{fill:#fff}.ink{fill:#24292f}.soft{fill:#57606a}.grid{stroke:#d8dee4}.axis{stroke:#57606a}.mark{stroke:#57606a}\
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.ours{stroke-width:3}\
.c0{stroke:#0072b2}.c1{stroke:#8c959f}.c2{stroke:#d55e00}.c3{stroke:#b8629a}.c4{stroke:#c98a00}.c5{stroke:#009e73}\
@media(prefers-color-scheme:dark){\
.page{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9198a1}.grid{stroke:#2a313a}.axis{stroke:#9198a1}.mark{stroke:#9198a1}\
.c0{stroke:#58a6ff}.c1{stroke:#8c959f}.c2{stroke:#ff9060}.c3{stroke:#e79acb}.c4{stroke:#f2c14e}.c5{stroke:#3fd19e}}";

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// File name without its ending.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub title: &'static str,
    x_label: &'static str,
    y_label: &'static str,
    /// Steps of ten are equally far apart.
    logarithmic: bool,
    /// Names at whole numbers of the x axis, instead of numbers.
    ticks: Option<&'static [&'static str]>,
    series: Vec<Series>,
    marks: Vec<(f64, &'static str)>,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Series {
    name: String,
    class: &'static str,
    points: Vec<(f64, f64)>,
}

/// Where values fall on the page.
struct Scale {
    x: (f64, f64),
    y: (f64, f64),
    logarithmic: bool,
}

// === building ===

impl Series {
    /// A line with a name and a class of the style.
    pub fn named(name: &str, class: &'static str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self { name: name.to_owned(), class, points: points.into_iter().collect() }
    }
}

impl Chart {
    /// An empty chart.
    pub fn new(name: &'static str, title: &'static str) -> Self {
        let (series, marks) = (Vec::new(), Vec::new());
        Self { name, title, x_label: "", y_label: "", logarithmic: false, ticks: None, series, marks }
    }

    /// Names the axes.
    pub fn axes(&mut self, x: &'static str, y: &'static str) {
        (self.x_label, self.y_label) = (x, y);
    }

    /// Draws the y axis in steps of ten.
    pub fn logarithmic(&mut self) {
        self.logarithmic = true;
    }

    /// Names the whole numbers of the x axis.
    pub fn ticks(&mut self, names: &'static [&'static str]) {
        self.ticks = Some(names);
    }

    /// Marks a time.
    pub fn mark(&mut self, x: f64, text: &'static str) {
        self.marks.push((x, text));
    }

    /// Adds a line, in front of those added before.
    pub fn add(&mut self, series: Series) {
        self.series.push(series);
    }
}

// === drawing ===

impl Chart {
    /// The chart as a file.
    pub fn draw(&self) -> String {
        let scale = self.scale();
        let mut page = head(self.title, HEIGHT);
        self.draw_axes(&scale, &mut page);
        for (x, text) in &self.marks {
            let x = scale.across(*x);
            line(&mut page, "mark", [x, TOP - 12.0, x, HEIGHT - BOTTOM], " stroke-dasharray=\"4 3\"");
            // Above the plot, where no line crosses it.
            label(&mut page, "soft", x + 5.0, TOP - 2.0, "start", text);
        }
        // The first line is ours and lies on top.
        for series in self.series.iter().rev() {
            let points: Vec<String> = series.points.iter().map(|point| scale.place(*point)).collect();
            let _ = writeln!(page, "<polyline class=\"{}\" points=\"{}\"/>", series.class, points.join(" "));
        }
        self.draw_legend(&mut page);
        page.push_str("</svg>\n");
        page
    }

    fn scale(&self) -> Scale {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN_POSITIVE, f64::max);
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let highest = most(&mut points().map(|point| point.1));
        let y = if self.logarithmic {
            let lowest = least(&mut points().map(|point| point.1)).max(1e-3);
            (10_f64.powf(lowest.log10().floor()), 10_f64.powf(highest.log10().ceil()))
        } else {
            let step = round_step(highest / 4.0);
            (0.0, (highest / step).ceil() * step)
        };
        let x = (least(&mut points().map(|point| point.0)), most(&mut points().map(|point| point.0)));
        Scale { x, y, logarithmic: self.logarithmic }
    }

    fn draw_axes(&self, scale: &Scale, page: &mut String) {
        for value in scale.steps_up() {
            let y = scale.up(value);
            line(page, "grid", [LEFT, y, WIDTH - RIGHT, y], "");
            label(page, "soft", LEFT - 8.0, y + 4.0, "end", &figure(value));
        }
        match self.ticks {
            Some(names) => {
                for (place, name) in names.iter().enumerate() {
                    label(page, "soft", scale.across(place as f64), HEIGHT - BOTTOM + 18.0, "middle", name);
                }
            }
            None => {
                let step = round_step((scale.x.1 - scale.x.0) / 8.0);
                let first = (scale.x.0 / step).ceil() * step;
                for value in std::iter::successors(Some(first), |value| Some(value + step)) {
                    if value > scale.x.1 + step / 100.0 {
                        break;
                    }
                    label(page, "soft", scale.across(value), HEIGHT - BOTTOM + 18.0, "middle", &figure(value));
                }
            }
        }
        line(page, "axis", [LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM], "");
        label(page, "ink", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - BOTTOM + 36.0, "middle", self.x_label);
        let (x, y) = (16.0, (TOP + HEIGHT - BOTTOM) / 2.0);
        let _ = writeln!(
            page,
            "<text class=\"ink\" transform=\"translate({x} {y}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            self.y_label
        );
    }

    fn draw_legend(&self, page: &mut String) {
        legend(page, HEIGHT - 34.0, "", self.series.iter().map(|series| (series.class, &*series.name)));
    }
}

impl Scale {
    fn across(&self, x: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (x - self.x.0) / (self.x.1 - self.x.0).max(f64::MIN_POSITIVE)
    }

    fn up(&self, y: f64) -> f64 {
        let height = HEIGHT - TOP - BOTTOM;
        let share = if self.logarithmic {
            (y.max(self.y.0) / self.y.0).log10() / (self.y.1 / self.y.0).log10()
        } else {
            y / self.y.1
        };
        HEIGHT - BOTTOM - height * share
    }

    fn place(&self, (x, y): (f64, f64)) -> String {
        format!("{:.1},{:.1}", self.across(x), self.up(y))
    }

    fn steps_up(&self) -> Vec<f64> {
        let next = |value: f64| if self.logarithmic { value * 10.0 } else { value + round_step(self.y.1 / 4.0) };
        let values = std::iter::successors(Some(self.y.0), |value| Some(next(*value)));
        values.take_while(|value| *value <= self.y.1 * 1.001).collect()
    }
}

/// The nearest of 1, 2, 2.5, 5 and 10 times a power of ten that is no smaller.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.max(f64::MIN_POSITIVE).log10().floor());
    let nice = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999);
    nice.unwrap_or(10.0) * power
}

// === what all pictures share ===

/// The page, its title and its colours.
fn head(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{title}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n\
         <text class=\"ink\" x=\"{LEFT}\" y=\"26\" font-size=\"15\" font-weight=\"600\">{title}</text>\n"
    )
}

/// Names beside their colours, from the height `top` on; `more` is said of each colour's line.
fn legend<'a>(page: &mut String, top: f64, more: &str, entries: impl IntoIterator<Item = (&'static str, &'a str)>) {
    const COLUMNS: usize = 3;
    let width = (WIDTH - LEFT - RIGHT) / COLUMNS as f64;
    for (place, (class, name)) in entries.into_iter().enumerate() {
        let x = LEFT + width * (place % COLUMNS) as f64;
        let y = top + 20.0 * (place / COLUMNS) as f64;
        line(page, class, [x, y - 4.0, x + 20.0, y - 4.0], more);
        label(page, "ink", x + 26.0, y, "start", name);
    }
}

fn line(page: &mut String, class: &str, [x1, y1, x2, y2]: [f64; 4], more: &str) {
    let _ =
        writeln!(page, "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"{more}/>");
}

fn label(page: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(page, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

/// A number as a page prints it: as many digits as it deserves.
pub fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || (value.fract() == 0.0 && size < 1e6) => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.01 => format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => format!("{value:.5}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}
