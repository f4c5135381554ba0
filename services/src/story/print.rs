//! A story on a terminal: its head, a line a step with the time since the request, and the explanation.

use std::fmt;

use payment_clients::contract::timestamp::Timestamp;

use super::tale::{Story, Told};

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payment_no, merchant_id, order_no, money, channel, status, steps, .. } = self;
        writeln!(f, "payment {payment_no}: {money} over {channel}, {status}")?;
        writeln!(f, "  merchant {merchant_id}, order number {order_no}")?;
        for (name, id) in [("key", &self.key), ("request", &self.request_id), ("trace", &self.trace_id)] {
            match id {
                Some(id) => writeln!(f, "  {name} {id}")?,
                None => writeln!(f, "  {name} not kept")?,
            }
        }
        if let Some(first) = steps.first() {
            writeln!(f, "\nfrom {}, in seconds:", Timestamp::from_unix_ms(first.at_ms))?;
            for step in steps {
                line(f, step, first.at_ms)?;
            }
        }
        writeln!(f, "\nwhy it is so:")?;
        for why in &self.why {
            writeln!(f, "  {why}")?;
        }
        if let Some(next) = &self.next {
            writeln!(f, "what comes next:\n  {next}")?;
        }
        if !self.remedies.is_empty() {
            writeln!(f, "what to do:")?;
        }
        for remedy in &self.remedies {
            writeln!(f, "  {remedy}")?;
        }
        if !self.missing.is_empty() {
            let missing: Vec<_> = self.missing.iter().copied().collect();
            writeln!(f, "no store here of {}", missing.join(", "))?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, step: &Told, begun: i64) -> fmt::Result {
    let since = step.at_ms.saturating_sub(begun);
    let (sign, since) = (if since < 0 { '-' } else { '+' }, since.unsigned_abs());
    let seconds = format!("{sign}{}.{:03}", since / 1000, since % 1000);
    write!(f, "{seconds:>12}  {:<24}{}", step.service, step.what)?;
    for (count, (name, fact)) in step.facts.iter().enumerate() {
        write!(f, "{} {name} {fact}", if count == 0 { ":" } else { "," })?;
    }
    writeln!(f)
}
