use super::{Exposition, Kind, NoValue, Value};

fn millionths(text: &str) -> Option<i128> {
    text.parse::<Value>().unwrap().millionths()
}

fn wrong(text: &str) -> String {
    Exposition::parse(text).unwrap_err().to_string()
}

#[test]
fn families_samples_and_labels_are_read_as_they_came() {
    let text = "# HELP requests_total Requests, \"all\" of them.\n# TYPE requests_total counter\n\
        requests_total{service=\"order\",route=\"/a/{id}\"} 3\nup 1 1761307200000\n\n# EOF\n";
    let told = Exposition::parse(text).unwrap();
    assert_eq!(told.kinds.get("requests_total"), Some(&Kind::Counter));
    let [requests, up] = &*told.samples else { unreachable!("{told:?}") };
    assert_eq!((requests.name, requests.value.count()), ("requests_total", Some(3)));
    assert_eq!((requests.label("service"), requests.label("route")), (Some("order"), Some("/a/{id}")));
    assert_eq!((up.name, up.label("service"), up.value.whole()), ("up", None, Some(1)));
}

#[test]
fn what_is_escaped_in_a_label_is_read_back() {
    let told = Exposition::parse(r#"a{b="one \"two\" \\ three\nfour",} 1"#).unwrap();
    assert_eq!(told.samples[0].label("b"), Some("one \"two\" \\ three\nfour"));
}

#[test]
fn a_label_may_hold_braces_and_commas() {
    let told = Exposition::parse("a{b=\"},{\",c=\"=\"} 1").unwrap();
    assert_eq!((told.samples[0].label("b"), told.samples[0].label("c")), (Some("},{"), Some("=")));
}

#[test]
fn values_become_whole_millionths() {
    for (text, value) in [
        ("0", 0),
        ("1", 1_000_000),
        ("-2.5", -2_500_000),
        ("+0.005", 5000),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("1e3", 1_000_000_000),
        ("1.5e-05", 15),
        ("2.5E+2", 250_000_000),
        ("0.0000004", 0),
        ("0.1234567", 123_456),
        ("0e99", 0),
        ("00012", 12_000_000),
        ("1000000000000000000", 1_000_000_000_000_000_000_000_000),
    ] {
        assert_eq!(millionths(text), Some(value), "{text}");
    }
    for (text, value) in [("+Inf", Value::Infinite), ("-Inf", Value::BelowAll), ("NaN", Value::NotANumber)] {
        assert_eq!((text.parse(), value.count(), value.whole()), (Ok(value), None, None), "{text}");
    }
}

#[test]
fn what_is_no_value_is_refused() {
    for text in ["", "-", ".", "e5", "1e", "1.2.3", "0x10", "one", "1e999", "1e25", "--1", "1_000"] {
        assert_eq!(text.parse::<Value>(), Err(NoValue), "{text}");
    }
}

#[test]
fn a_count_is_not_below_zero() {
    assert_eq!("-1".parse::<Value>().unwrap().count(), None);
    assert_eq!("-1".parse::<Value>().unwrap().whole(), Some(-1));
    assert_eq!("-0.5".parse::<Value>().unwrap().count(), None);
}

#[test]
fn what_is_none_of_the_format_is_refused_with_its_line() {
    for (text, what) in [
        ("a 1\nb", "line 2: b has no value"),
        ("a one", "line 1: `one` of a is no value"),
        ("1a 1", "line 1: `1a 1` begins with no name"),
        ("<html>", "line 1: `<html>` begins with no name"),
        ("a{b=\"c\" 1", "line 1: label b is followed by neither a comma nor a brace"),
        ("a{b=\"c} 1", "line 1: the text of label b does not end well"),
        ("a{b=\"\\x\"} 1", "line 1: the text of label b does not end well"),
        ("a{b=c} 1", "line 1: `b=c} 1` begins with no label"),
        ("a{=\"c\"} 1", "line 1: `=\"c\"} 1` begins with no label"),
        ("a{b=\"c\",b=\"d\"} 1", "line 1: label b comes twice"),
        ("a 1 soon", "line 1: `soon` behind the value of a is no time"),
        ("a 1 2 3", "line 1: `3` behind the value of a is too much"),
        ("# TYPE a number", "line 1: `number` is no kind of a family"),
        ("# TYPE a", "line 1: TYPE names no kind"),
        ("# TYPE a gauge\n# TYPE a gauge", "line 2: a has a kind already"),
    ] {
        assert_eq!(wrong(text), what);
    }
}
