//! Texts with gaps, and how they are filled.
//!
//! ```text
//! {{payment_no}}   {{upper status}}   {{lower status}}   {{formatMoney amount currency}}   {{formatDate paid_at}}
//! ```
//! A gap that nothing fills is an error and never an empty place. What fills a gap of an e-mail is escaped, since that is
//! HTML; elsewhere control characters are left out, so that no value begins a line of its own.

use payment_clients::{
    apis::{notification::DeliveryChannel, words::JsonObject},
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        timestamp::Timestamp,
    },
};
use serde_json::Value;

use crate::kit::configuration::Template;

/// A piece of a text.
enum Piece<'a> {
    Text(&'a str),
    Gap(Gap<'a>),
}

/// What fills a gap.
enum Gap<'a> {
    Value(&'a str),
    Upper(&'a str),
    Lower(&'a str),
    Money { amount: &'a str, currency: &'a str },
    Date(&'a str),
}

/// Checks that every gap of a text can be read.
///
/// # Errors
/// The first that cannot.
pub fn check(field: &str, text: &str) -> Result<()> {
    parse(text).map(drop).map_err(|why| Error::invalid_input(field, why))
}

/// Fills the gaps of a template.
///
/// # Errors
/// Which gap nothing fills, in words that follow the template's name.
pub fn fill(template: &Template, channel: &DeliveryChannel, data: &JsonObject) -> Result<Template, String> {
    let content_escaped = if *channel == DeliveryChannel::Email { html } else { plain };
    Ok(Template {
        subject: render(&template.subject, data, plain)?,
        content: render(&template.content, data, content_escaped)?,
    })
}

fn render(text: &str, data: &JsonObject, escape: fn(&str) -> String) -> Result<String, String> {
    let pieces = parse(text)?;
    let piece = |piece: Piece<'_>| match piece {
        Piece::Text(text) => Ok(text.to_owned()),
        Piece::Gap(gap) => gap.fill(data).map(|value| escape(&value)),
    };
    pieces.into_iter().map(piece).collect()
}

fn parse(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut parts = text.split("{{");
    let mut pieces = vec![Piece::Text(parts.next().unwrap_or_default())];
    for part in parts {
        let (gap, rest) = part.split_once("}}").ok_or("must close each gap that it opens, as in `{{payment_no}}`")?;
        pieces.extend([Piece::Gap(Gap::parse(gap)?), Piece::Text(rest)]);
    }
    let is_loose = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.contains("}}"));
    if pieces.iter().any(is_loose) {
        return Err("must not close a gap that was not opened".to_owned());
    }
    Ok(pieces)
}

// === impl Gap ===

impl<'a> Gap<'a> {
    fn parse(text: &'a str) -> Result<Self, String> {
        // A point before a name is the older way of writing it.
        let words: Vec<_> = text.split_whitespace().map(|word| word.trim_start_matches('.')).collect();
        match *words {
            [name] if !name.is_empty() => Ok(Self::Value(name)),
            ["upper", name] => Ok(Self::Upper(name)),
            ["lower", name] => Ok(Self::Lower(name)),
            ["formatMoney", amount, currency] => Ok(Self::Money { amount, currency }),
            ["formatDate", name] => Ok(Self::Date(name)),
            _ => Err(format!(
                "must fill gaps by a name, or by `upper name`, `lower name`, `formatMoney amount currency` or \
                 `formatDate name`; one holds `{}`",
                text.chars().take(40).collect::<String>()
            )),
        }
    }

    fn fill(&self, data: &JsonObject) -> Result<String, String> {
        match self {
            Self::Value(name) => value(data, name),
            Self::Upper(name) => Ok(value(data, name)?.to_uppercase()),
            Self::Lower(name) => Ok(value(data, name)?.to_lowercase()),
            Self::Money { amount, currency } => {
                let minor_units = value(data, amount)?.parse();
                let minor_units = minor_units.map_err(|_| format!("needs `{amount}` in whole minor units"))?;
                let code: Currency =
                    value(data, currency)?.parse().map_err(|_| format!("needs `{currency}` to be a currency"))?;
                match code.exponent() {
                    Some(_) => Ok(Money::new(minor_units, code).to_string()),
                    None => Err(format!("needs `{currency}` to be a currency of the platform")),
                }
            }
            Self::Date(name) => {
                let text = value(data, name)?;
                let at: Timestamp = text.parse().map_err(|_| format!("needs `{name}` to be a time"))?;
                let text = Timestamp::from_unix_ms(at.unix_ms()).to_string();
                Ok(format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " ")))
            }
        }
    }
}

fn value(data: &JsonObject, name: &str) -> Result<String, String> {
    match data.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        _ => Err(format!("needs a value for `{name}`")),
    }
}

// === escapes ===

fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DeliveryChannel, JsonObject, Template, check, fill};

    fn filled(channel: &DeliveryChannel, content: &str) -> Result<String, String> {
        let data = json!({ "name": "<b>O'Neil & Co\r\n", "amount": 1999, "currency": "USD", "yen": "JPY", "dinar": "BHD",
                           "at": "2025-10-24T12:00:59Z", "none": null });
        let data: JsonObject = data.as_object().cloned().unwrap_or_default();
        let template = Template { subject: String::new(), content: content.to_owned() };
        fill(&template, channel, &data).map(|text| text.content)
    }

    #[test]
    fn values_are_shaped_and_escaped_as_the_way_needs_it() {
        let sms = |text: &str| filled(&DeliveryChannel::Sms, text).unwrap_or_default();
        assert_eq!(sms("{{formatMoney amount currency}}, {{ formatMoney .amount .yen }}"), "19.99 USD, 1999 JPY");
        assert_eq!(sms("{{formatMoney amount dinar}} at {{formatDate at}}"), "1.999 BHD at 2025-10-24 12:00 UTC");
        assert_eq!(sms("{{lower currency}}{{upper yen}} {{amount}}"), "usdJPY 1999");
        assert_eq!(sms("{{name}}"), "<b>O'Neil & Co", "no value begins a line of its own");
        let email = filled(&DeliveryChannel::Email, "<p>{{name}}</p>").unwrap_or_default();
        assert_eq!(email, "<p>&lt;b&gt;O&#39;Neil &amp; Co\r\n</p>");
    }

    #[test]
    fn a_gap_that_nothing_fills_is_an_error_that_names_it() {
        for text in ["{{unknown}}", "{{none}}", "{{upper unknown}}", "{{formatMoney unknown currency}}"] {
            let error = filled(&DeliveryChannel::Sms, text).unwrap_err();
            assert!(error.contains("`unknown`") || error.contains("`none`"), "{error}");
        }
        for text in ["{{formatMoney name currency}}", "{{formatMoney amount name}}", "{{formatDate name}}"] {
            assert!(filled(&DeliveryChannel::Sms, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_gap_that_cannot_be_read_is_refused_when_the_template_is_kept() {
        for text in ["{{", "{{}}", "{{a", "a}}", "{{a}} b}}", "{{shout name}}", "{{formatMoney amount}}", "{{a b c d}}"]
        {
            assert!(check("content", text).is_err(), "{text}");
        }
        assert!(check("content", "no gap, { one } brace, {{one}} gap").is_ok());
    }
}
