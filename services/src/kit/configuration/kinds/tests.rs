#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::{
    FeeRates, Kind, MessageCarriers, NotificationTemplates, PaymentChannels, RateLimits, RiskAbsence, RiskRules, check,
    read,
};

#[test]
fn what_holds_where_nothing_is_set_keeps_its_own_rules() {
    fn keeps<K: Kind + PartialEq + std::fmt::Debug>() {
        let text = serde_json::to_string(&K::default()).unwrap();
        assert_eq!(read::<K>(&text).unwrap(), K::default(), "{}", K::KEY);
    }
    keeps::<FeeRates>();
    keeps::<PaymentChannels>();
    keeps::<RiskRules>();
    keeps::<RiskAbsence>();
    keeps::<NotificationTemplates>();
    keeps::<MessageCarriers>();
    keeps::<RateLimits>();
}

#[test]
fn a_bad_value_is_refused_by_field_and_rule() {
    let fees = |terms: &str| format!(r#"{{"default": {terms}}}"#);
    let channels = |bounds: &str| format!(r#"{{"enabled": {{"stripe": {bounds}}}}}"#);
    let template = |text: &str| format!(r#"{{"templates": {{"paid": {{"email": {{"content": "{text}"}}}}}}}}"#);
    let smtp = |more: &str| {
        let server = json!({ "by": "smtp", "host": "mail.example", "from": "pay@shop.example" });
        let mut server: Value = server;
        let more: Value = serde_json::from_str(&format!("{{{more}}}")).unwrap();
        server.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "email": server }).to_string()
    };
    let limits = |bucket: &str| format!(r#"{{"default": {{"read": {bucket}, "write": {{"per_second": 1}}}}}}"#);
    for (key, text, field, rule) in [
        (FeeRates::KEY, "2.9".to_owned(), "`fee_rates`", "expected struct FeeRates"),
        (FeeRates::KEY, "{".to_owned(), "`fee_rates`", "EOF"),
        (FeeRates::KEY, fees(r#"{"rate_ppm": 0.029}"#), "`fee_rates.default.rate_ppm`", "floating point"),
        (FeeRates::KEY, fees(r#"{"rate_ppm": -1}"#), "`fee_rates.default.rate_ppm`", "-1"),
        (FeeRates::KEY, fees(r#"{"rate_ppm": 1000001}"#), "`fee_rates.default.rate_ppm`", "at most 1000000"),
        (FeeRates::KEY, fees(r#"{"rate_ppm": 1, "fixed": {"XYZ": 1}}"#), "`fee_rates.default.fixed.XYZ`", "currency"),
        (FeeRates::KEY, fees(r#"{"rate_ppm": 1, "fixed": {"JPY": -1}}"#), "`fee_rates.default.fixed.JPY`", "0 to"),
        (
            FeeRates::KEY,
            fees(r#"{"rate_ppm": 1, "min": {"BHD": 9}, "max": {"BHD": 8}}"#),
            "`fee_rates.default.max.BHD`",
            "below `min`",
        ),
        (PaymentChannels::KEY, r#"{"enabled": {"cash": {}}}"#.to_owned(), "enabled.cash`", "one of"),
        (PaymentChannels::KEY, channels(r#"{"min_amount": 0}"#), "enabled.stripe.min_amount`", "1 to"),
        (PaymentChannels::KEY, channels(r#"{"max_amount": 9223372036854775807}"#), "stripe.max_amount`", "1 to"),
        (PaymentChannels::KEY, channels(r#"{"min_amount": 9, "max_amount": 8}"#), "stripe.max_amount`", "below"),
        (PaymentChannels::KEY, channels(r#"{"limit": 9}"#), "enabled.stripe", "unknown field `limit`"),
        (RiskRules::KEY, r#"{"review_from": 0}"#.to_owned(), "`risk_rules.review_from`", "1 to 100"),
        (RiskRules::KEY, r#"{"rules": [{"name": "", "decision": "reject"}]}"#.to_owned(), "rules[0].name`", "1 to"),
        (RiskRules::KEY, r#"{"rules": [{"name": "a", "decision": "maybe"}]}"#.to_owned(), "rules[0].decision", "maybe"),
        (
            RiskRules::KEY,
            r#"{"rules": [{"name": "a", "decision": "reject", "conditions": {"amout_min": 1}}]}"#.to_owned(),
            "rules[0].conditions",
            "`conditions.amout_min` is no condition",
        ),
        (RiskRules::KEY, r#"{"watched_countries": ["fr"]}"#.to_owned(), "watched_countries", "two letters"),
        (MessageCarriers::KEY, r#"{"email": {"by": "fax"}}"#.to_owned(), "email", "unknown variant `fax`"),
        (MessageCarriers::KEY, smtp(r#""host": "mail example""#), "email.host`", "name of a host"),
        (
            MessageCarriers::KEY,
            smtp(r#""from": "a@b.example\r\nBcc: c@d.example""#),
            "email.from`",
            "one e-mail address",
        ),
        (MessageCarriers::KEY, smtp(r#""user": "a", "security": "none""#), "email.security`", "in clear"),
        (MessageCarriers::KEY, smtp(r#""password": "hunter2""#), "email", "unknown field `password`"),
        (
            MessageCarriers::KEY,
            r#"{"sms": {"by": "twilio", "account": "../x", "from": "+15005550006"}}"#.to_owned(),
            "sms.account`",
            "letters and digits",
        ),
        (RiskAbsence::KEY, r#"{"allow_up_to": {"USD": 0}}"#.to_owned(), "`risk_absence.allow_up_to.USD`", "1 to"),
        (RiskAbsence::KEY, r#"{"allow_up_to": {"XYZ": 1}}"#.to_owned(), "`risk_absence.allow_up_to.XYZ`", "currency"),
        (NotificationTemplates::KEY, template(""), "templates.paid.email.content`", "1 to"),
        (NotificationTemplates::KEY, template("{{payment_no"), "templates.paid.email.content`", "close each gap"),
        (NotificationTemplates::KEY, template("{{ }}"), "templates.paid.email.content`", "name what fills"),
        (NotificationTemplates::KEY, template("no}}"), "templates.paid.email.content`", "was not opened"),
        (
            NotificationTemplates::KEY,
            r#"{"templates": {"paid": {"fax": {"content": "a"}}}}"#.to_owned(),
            "fax`",
            "one of",
        ),
        (RateLimits::KEY, limits(r#"{"per_second": 0}"#), "default.read.per_second`", "zero"),
        (RateLimits::KEY, limits(r#"{"per_second": 1, "burst": 4294967295}"#), "default.read.burst`", "at most"),
        (RateLimits::KEY, r#"{"concurrency": 0}"#.to_owned(), "`api_rate_limits.concurrency`", "zero"),
    ] {
        let error = check(key, &text).unwrap_err();
        let told = error.message();
        assert!(told.contains(field) && told.contains(rule), "{text}: {told}");
    }
    check("anything.else", "is free text").unwrap();
}
