//! The two text formats: OpenMetrics for those who ask for it, with exemplars; Prometheus' own for anybody else, without.

use std::fmt;

use http::{HeaderMap, header};
use prometheus_client::{encoding::text, registry::Registry};

/// The media type of OpenMetrics.
const OPEN: &str = "application/openmetrics-text";
/// What stands before an exemplar, behind the value of a bucket.
const EXEMPLAR: &str = " # {trace_id=";

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenMetrics 1.0.
    Open,
    /// Prometheus' text format 0.0.4.
    Classic,
}

impl Format {
    /// What a request accepts: OpenMetrics where it is named and not refused by `q=0`.
    pub(super) fn asked(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let is_asked = |range: &str| {
            let mut parts = range.split(';').map(str::trim);
            let is_open = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(OPEN));
            let weight = parts.filter_map(|part| part.strip_prefix("q=")).next();
            is_open && !weight.is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty())
        };
        if lines.flat_map(|line| line.split(',')).any(is_asked) { Self::Open } else { Self::Classic }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Open => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// All families of these registries.
    pub(super) fn write(self, registries: &[&Registry]) -> Result<String, fmt::Error> {
        let mut text = String::new();
        for registry in registries {
            text::encode_registry(&mut text, registry)?;
        }
        match self {
            Self::Open => text::encode_eof(&mut text).map(|()| text),
            Self::Classic => Ok(classic(&text)),
        }
    }
}

/// The same in Prometheus' format, where a counter is described under the name of its samples.
fn classic(open: &str) -> String {
    let mut text = String::with_capacity(open.len());
    let mut lines = open.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            // Its type stands in the next line.
            let is_counter = lines.peek().is_some_and(|next| next.starts_with("# TYPE ") && next.ends_with(" counter"));
            let total = if is_counter { "_total" } else { "" };
            text.extend(["# HELP ", name, total, " ", help]);
        } else if let Some(name) = line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" counter")) {
            text.extend(["# TYPE ", name, "_total counter"]);
        } else {
            text.push_str(line.rsplit_once(EXEMPLAR).map_or(line, |(sample, _)| sample));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::{HeaderMap, HeaderValue, header};

    use super::{Format, classic};

    fn asked(accept: &'static str) -> Format {
        Format::asked(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
    }

    #[test]
    fn who_accepts_openmetrics_gets_it_and_nobody_else_does() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(asked(prometheus), Format::Open);
        assert_eq!(asked("text/plain, application/openmetrics-text; q=0.1"), Format::Open);
        for accept in ["*/*", "text/plain", "application/openmetrics-text;q=0", "application/openmetrics-text; q=0.0"] {
            assert_eq!(asked(accept), Format::Classic, "{accept}");
        }
        assert_eq!(Format::asked(&HeaderMap::new()), Format::Classic);
    }

    #[test]
    fn prometheus_format_describes_counters_by_the_name_of_their_samples_and_has_no_exemplars() {
        let open = "# HELP a_seconds How long.\n# TYPE a_seconds histogram\n\
            a_seconds_bucket{le=\"1.0\"} 3 # {trace_id=\"00ff\"} 0.5\n# HELP b How many.\n# TYPE b counter\nb_total 1\n";
        let text = "# HELP a_seconds How long.\n# TYPE a_seconds histogram\na_seconds_bucket{le=\"1.0\"} 3\n\
            # HELP b_total How many.\n# TYPE b_total counter\nb_total 1\n";
        assert_eq!(classic(open), text);
    }
}
